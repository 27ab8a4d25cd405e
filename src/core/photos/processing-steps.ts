import type { PhotoEvent } from '../../catalogue/events.generated.ts';

export type Stage = NonNullable<PhotoEvent['currentStage']>;

/** A step that a photo's processing announces; its number gives the event its id, so numbers are never reused. */
export interface ProgressStep {
  readonly step: number;
  readonly stage: Stage;
  /** Share that is done when the stage begins, percent. */
  readonly percent: number;
}

export const startedStep = 1;

/** Stages in their order. Decoding and shrinking take most of the time. */
export const progressSteps = {
  validation: { step: 2, stage: 'VALIDATION', percent: 5 },
  metadata: { step: 3, stage: 'METADATA', percent: 15 },
  resizing: { step: 4, stage: 'RESIZING', percent: 25 },
  thumbnails: { step: 5, stage: 'THUMBNAILS', percent: 70 },
  storing: { step: 6, stage: 'STORING', percent: 90 },
} as const satisfies Readonly<Record<string, ProgressStep>>;

/** Completed or failed: the last one, whichever it is. */
export const endedStep = 7;
