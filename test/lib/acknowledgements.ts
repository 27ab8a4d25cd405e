import { type App, Validations } from 'aws-cdk-lib';
import { publicPacks } from '../../lib/checks/add-checks.ts';
import type { ReportedFinding } from './assembly.ts';

/** One reason at one construct, with the rules that it answers. */
export interface Acknowledgement {
  readonly path: string;
  readonly reason: string;
  readonly rules: readonly string[];
}

/** Every acknowledgement in the app, one for each construct and reason. */
export function acknowledgementsOf(app: App): readonly Acknowledgement[] {
  const found = new Map<string, { readonly path: string; readonly reason: string; readonly rules: string[] }>();
  for (const { node } of app.node.findAll()) {
    for (const { type, data } of node.metadata) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries(data as Readonly<Record<string, string>>)) {
        const one = found.get(`${node.path} ${reason}`) ?? { path: node.path, reason, rules: [] };
        one.rules.push(id.replace(/^annotation::/i, ''));
        found.set(`${node.path} ${reason}`, one);
      }
    }
  }
  return [...found.values()];
}

interface Silenced {
  readonly rule: string;
  readonly path: string;
}

/** What would be reported if nobody had acknowledged anything. */
export function silencedFindings(app: App, byFramework: readonly ReportedFinding[]): readonly Silenced[] {
  const byPacks = publicPacks(app).flatMap((pack) => {
    // The pack asks itself whether a finding is acknowledged before it reports it.
    Object.assign(pack, { isAcknowledged: () => false });
    return pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath = '' }) => ({ rule: ruleName, path: constructPath })),
      );
  });
  const others = byFramework.flatMap(({ plugin, rule, constructs }) =>
    constructs.map((path) => ({ rule: `${plugin.replaceAll(' ', '-')}::${rule}`, path })),
  );
  return [...byPacks, ...others];
}

/** Acknowledgements that answer none of the findings at their construct or below it. */
export function useless(all: readonly Acknowledgement[], silenced: readonly Silenced[]): readonly Acknowledgement[] {
  const byRule = new Map<string, string[]>();
  for (const { rule, path } of silenced) byRule.set(rule, [...(byRule.get(rule) ?? []), path]);
  const answers = (at: string, rule: string) =>
    (byRule.get(rule) ?? []).some((path) => path === at || at === '' || path.startsWith(`${at}/`));
  return all.filter(({ path, rules }) => !rules.some((rule) => answers(path, rule)));
}
