import type { ErrorEntry } from './entry.ts';

export const codecErrors = {
  EVENTBUS_CODEC_TRUNCATED: {
    summary: 'the value ends too early',
    remedy: 'Check the producer; the bytes were cut.',
    failure: 'poison',
    status: 422,
  },
} as const satisfies Record<`EVENTBUS_CODEC_${string}`, ErrorEntry>;
