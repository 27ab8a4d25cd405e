export interface PhotoOnPage {
  readonly photoId: string;
  readonly batchId: string | null;
  readonly filename: string;
  readonly state: 'waiting' | 'processing' | 'completed' | 'failed';
  readonly stage?: string;
  readonly progress: number;
  readonly thumbnails?: readonly { readonly url: string; readonly widthPx: number; readonly heightPx: number }[];
  readonly errorCode?: string;
}

export interface UploadOnPage {
  readonly id: string;
  readonly isBatch: boolean;
  readonly photos: readonly PhotoOnPage[];
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: boolean;
  /** Percent. */
  readonly progress: number;
}

export interface PhotoState {
  readonly photos: Map<string, PhotoOnPage>;
}

export function makePhotoState(): PhotoState;
export function applyEvent(
  state: PhotoState,
  event: { readonly name: string; readonly data: object; readonly time: string },
): boolean;
export function applyList(
  state: PhotoState,
  list: { readonly photos: readonly object[]; readonly batches: readonly object[] },
): void;
export function applyUpload(
  state: PhotoState,
  upload: { readonly batchId: string | null; readonly photos: readonly object[] },
  at: number,
): void;
export function uploadsOf(state: PhotoState): readonly UploadOnPage[];
