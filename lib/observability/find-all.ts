import { Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

/** Every construct of a class below a scope, in the order of the tree: what is watched follows from what stands there. */
export function findAll<Found extends Construct>(
  scope: IConstruct,
  kind: abstract new (...args: never[]) => Found,
): readonly Found[] {
  return scope.node.findAll().filter((construct): construct is Found => construct instanceof kind);
}

/** Stack and path below it, as people know the parts: `ingest GrpcGateway`. */
export function placeOf(construct: IConstruct): string {
  const stack = Stack.of(construct);
  return `${stack.node.id} ${construct.node.path.slice(stack.node.path.length + 1)}`;
}
