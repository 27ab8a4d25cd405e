import type { EnvironmentConfig } from '../config.ts';
import type { Declarations } from '../environment-stage.ts';
import type { Template } from './template.ts';

/** One stack as a rule sees it. */
export interface StackUnderCheck {
  /** Path of the stack's construct, for example `event-bus-dev-eu-central-1/network`. */
  readonly path: string;
  readonly region: string;
  readonly config: EnvironmentConfig;
  readonly declarations: Declarations;
  readonly template: Template;
  /**
   * Logical ids of resources that the library writes without a type of their own, as for its custom resources. Public
   * packs look at types, so they pass over these.
   */
  readonly untyped: ReadonlySet<string>;
  /** Names of the outputs of every stack of the app, by the stack's name. */
  readonly outputs: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Finding {
  /** Logical id of the resource; absent when the stack as a whole is meant. */
  readonly resource?: string;
  /** Path inside the resource, for example `Properties.ReplicationFactor`. */
  readonly property?: string;
  /** What is wrong, the value got, and what is allowed. */
  readonly message: string;
}

/** A rule that no public pack has; one file each in `rules/` and `residency/`. */
export interface Rule {
  /** Name to acknowledge it by, behind `event-bus::`. */
  readonly name: string;
  /** The way out. */
  readonly fix: string;
  /** `fatal` findings cannot be acknowledged; @default error */
  readonly severity?: 'error' | 'fatal';
  check(stack: StackUnderCheck): readonly Finding[];
}
