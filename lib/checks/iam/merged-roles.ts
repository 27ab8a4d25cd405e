import type { RoleRights } from './role-rights.ts';

/** Stands for the topic in a role that was merged with its like. */
const anyTopic = '(topic)';

/** Roles with the same rights for another topic as one role, whose name says for how many. */
export function mergedByTopic(roles: readonly RoleRights[], topics: readonly string[]): readonly RoleRights[] {
  const shapes = new Map<string, { readonly shape: RoleRights; readonly originals: RoleRights[] }>();
  for (const role of roles) {
    const topic = topics.find((name) => role.role.split('/').includes(name));
    const text = topic === undefined ? JSON.stringify(role) : withoutTopic(JSON.stringify(role), topic);
    const known = shapes.get(text) ?? { shape: JSON.parse(text) as RoleRights, originals: [] };
    known.originals.push(role);
    shapes.set(text, known);
  }
  return [...shapes.values()].map(({ shape, originals }) => {
    const [only, ...others] = originals;
    if (only !== undefined && others.length === 0) return only;
    return { ...shape, role: `${shape.role}, ${originals.length} topics` };
  });
}

function withoutTopic(text: string, topic: string): string {
  // Tables are named after topics, with underscores for what a table's name may not have.
  const table = topic.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return text.replaceAll(topic, anyTopic).replaceAll(table, anyTopic);
}
