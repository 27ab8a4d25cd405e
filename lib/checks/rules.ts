import type { Rule } from './rule.ts';
import { templateSize } from './rules/template-size.ts';

/** Every rule of our own, run on every stack. */
export const rules: readonly Rule[] = [templateSize];
