import { at, list, record, rendered, text } from '../template.ts';

/** Where a value points to: the stack's own region, a named one, or nowhere that can be told from the template. */
export type Place = { readonly kind: 'here' | 'unknown' } | { readonly kind: 'region'; readonly region: string };

const here: Place = { kind: 'here' };
const unknown: Place = { kind: 'unknown' };

/**
 * Tells from an ARN, a URL or a reference where the thing lies. Names of buckets say nothing about it, so they count as
 * unknown unless they come by reference from a stack whose region is known.
 */
export function placeOf(value: unknown): Place {
  if (typeof value === 'string') return placeOfText(value);
  const output = at(value, 'Fn::GetStackOutput');
  if (output !== undefined) {
    const region = text(at(output, 'Region'));
    return region === undefined ? here : { kind: 'region', region };
  }
  const reference = text(at(value, 'Ref')) ?? text(at(value, 'Fn::GetAtt', 0));
  if (reference !== undefined) return reference.startsWith('AWS::') && reference !== 'AWS::Region' ? unknown : here;
  return placeOfParts(value);
}

/** Text that names a region says where it points; else its references do. */
function placeOfParts(value: unknown): Place {
  const named = placeOfText(rendered(value));
  if (named.kind !== 'unknown') return named;
  const parts = Object.values(record(value)).flatMap((argument) => list(argument).flatMap(list));
  const places = parts.filter((part) => typeof part === 'object' && part !== null).map(placeOf);
  return places.find(({ kind }) => kind === 'region') ?? places.find(({ kind }) => kind === 'here') ?? unknown;
}

function placeOfText(value: string): Place {
  const region = regionsIn(value)[0];
  if (region !== undefined) return { kind: 'region', region };
  return /^arn:[^:]*:[^:]*:\$\{AWS::Region\}:/.test(value) ? here : unknown;
}

const regionName =
  /(?<![a-z0-9])(?:us|eu|ap|ca|sa|me|af|il|mx|cn|us-gov|us-iso[a-z]?|eu-isoe|eusc-[a-z]{2})-(?:central|(?:north|south)(?:east|west)?|east|west)-\d/g;

/** Names of regions inside a text, whether this repository knows them or not. */
export function regionsIn(value: string): readonly string[] {
  return value.match(regionName) ?? [];
}
