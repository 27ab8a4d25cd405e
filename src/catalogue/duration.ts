/** Lengths of time in milliseconds, for retentions. */
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** A year with its leap days spread evenly. */
export const yearMs = 365.25 * dayMs;
