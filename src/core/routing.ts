import type { IngestRule } from '../catalogue/ingest-rules.ts';

const deviceIdPattern = /^[A-Za-z0-9:_-]{1,128}$/;

/** True for a name AWS IoT accepts for a thing: 1 to 128 letters, digits, colons, underscores, dashes. */
export function isDeviceId(text: string): boolean {
  return deviceIdPattern.test(text);
}

/** The topic that an MQTT filter with one `+` means for one device. */
export function topicOf(filter: string, deviceId: string): string {
  return filter
    .split('/')
    .map((level) => (level === '+' ? deviceId : level))
    .join('/');
}

/** What varies from message to message. */
export interface MessageFacts {
  /** Value of `newuuid()`. */
  readonly uuid: string;
  /** Time of receipt, RFC 3339 in UTC with milliseconds. */
  readonly receivedAt: string;
}

/** An ingest rule for one device: everything that does not vary from message to message is evaluated. */
export interface BoundRule {
  /** MQTT topic the device publishes to. */
  readonly mqttTopic: string;
  /** Topic of the log. */
  readonly topic: string;
  readonly key: string;
  headersOf(facts: MessageFacts): Record<string, string>;
}

/**
 * Evaluates a rule's substitution templates as far as the device decides them.
 *
 * @throws Error when a template uses an expression other than `topic(n)`, `clientid()`, `newuuid()` and the
 * `parse_time` of the receipt: a fault of the catalogue, found by its tests.
 */
export function bindRule(rule: IngestRule, deviceId: string): BoundRule {
  const mqttTopic = topicOf(rule.filter, deviceId);
  const levels = mqttTopic.split('/');
  const bind = (template: string) => bindTemplate(template, { levels, deviceId });
  const names = rule.headers.map((header) => header.key);
  const values = rule.headers.map((header) => bind(header.value));
  const key = bind(rule.key);
  if (typeof key !== 'string') throw new Error(`key template ${rule.key} varies from message to message`);
  return {
    mqttTopic,
    topic: rule.topic,
    key,
    headersOf(facts) {
      const result: Record<string, string> = {};
      for (let i = 0; i < names.length; i += 1) {
        const value = values[i] as Bound;
        result[names[i] as string] = typeof value === 'string' ? value : value(facts);
      }
      return result;
    },
  };
}

type Bound = string | ((facts: MessageFacts) => string);

interface BindContext {
  readonly levels: readonly string[];
  readonly deviceId: string;
}

/** A template becomes a string when the device decides it, else a function of the message. */
function bindTemplate(template: string, context: BindContext): Bound {
  const parts = template.split(/\$\{([^}]*)\}/);
  const bound = parts
    .map((part, index): Bound => (index % 2 === 0 ? part : bindExpression(part, context)))
    .filter((part) => part !== '');
  if (bound.every((part) => typeof part === 'string')) return bound.join('');
  if (bound.length === 1) return bound[0] as Bound;
  return (facts) => bound.map((part) => (typeof part === 'string' ? part : part(facts))).join('');
}

const topicLevel = /^topic\((\d+)\)$/;
const receipt = /^parse_time\("yyyy-MM-dd'T'HH:mm:ss\.SSS'Z'", timestamp\(\), "UTC"\)$/;

function bindExpression(expression: string, context: BindContext): Bound {
  const level = topicLevel.exec(expression)?.[1];
  if (level !== undefined) return context.levels[Number(level) - 1] ?? '';
  if (expression === 'clientid()') return context.deviceId;
  if (expression === 'newuuid()') return (facts) => facts.uuid;
  if (receipt.test(expression)) return (facts) => facts.receivedAt;
  throw new Error(`the expression \${${expression}} is not one this platform evaluates`);
}
