/** Who gives commands. */
export const actorRoles = ['operator', 'technician', 'rider', 'service', 'policy'] as const;
export type ActorRole = (typeof actorRoles)[number];

/** Who gave a command, as `issuedBy` says it: `operator:anna`, `rider:r-17`, `policy:emergency-stop`. */
export interface Actor {
  readonly role: ActorRole;
  readonly name: string;
}

/** The text of an actor. */
export function actorText({ role, name }: Actor): string {
  return `${role}:${name}`;
}

/** The actor that a text names; null for a text without a known role and a name. */
export function actorOf(text: string): Actor | null {
  const at = text.indexOf(':');
  const role = actorRoles.find((known) => known === text.slice(0, at));
  const name = text.slice(at + 1);
  return role === undefined || name === '' ? null : { role, name };
}
