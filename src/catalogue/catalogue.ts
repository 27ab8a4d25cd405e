import { consumers } from './consumers.ts';
import type { Catalogue } from './model.ts';
import { routes } from './routes.ts';
import { topics } from './topics.ts';

/** The declaration that stacks, handlers, the embedded platform, the CLI and the documentation are driven by. */
export const catalogue = { topics, routes, consumers } as const satisfies Catalogue;
