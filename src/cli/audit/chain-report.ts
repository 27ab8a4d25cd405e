import { isUnbroken, type TopicVerdict, type VerifiedChain } from '../../services/audit-chain/verify-chains.ts';
import { table } from '../terminal/table.ts';

const shownChains = 50;
const shownUnreadable = 10;

/** The verdicts for people: a line a chain, broken ones first, then what is wrong with each. */
export function chainReportText(verdicts: readonly TopicVerdict[], notes: readonly string[]): string {
  const chains = verdicts.flatMap((verdict) => verdict.chains);
  const broken = chains.filter((chain) => chain.broken !== null);
  const listed = [...broken, ...chains.filter((chain) => chain.broken === null)];
  const lines = [
    listed.length === 0
      ? 'No chain has an entry yet.'
      : table(
          ['topic', 'chain', 'entries', 'from', 'to', 'copies', 'verdict'],
          listed.slice(0, shownChains).map(rowOf),
        ),
    ...(listed.length > shownChains ? [`and ${listed.length - shownChains} more chains; --json has them all`] : []),
    ...broken.map(sentenceOf),
    ...verdicts.flatMap(unreadableLines),
    ...verdicts.flatMap(({ topic, unchained }) =>
      unchained === 0
        ? []
        : [`${topic}: ${unchained} entries stand in no chain; nobody can tell whether they were changed.`],
    ),
    ...notes,
    verdicts.every(isUnbroken) ? 'Every chain is whole.' : 'NOT every chain is whole.',
  ];
  return `${lines.join('\n')}\n`;
}

function rowOf({ topic, chainId, entries, first, head, copies, broken }: VerifiedChain) {
  return [topic, chainId, entries, first, head.sequence, copies, broken === null ? 'whole' : `broken: ${broken.kind}`];
}

/** Names the first entry that is not as it was, and where. */
function sentenceOf({ topic, chainId, broken }: VerifiedChain): string {
  if (broken === null) return '';
  const { place, sequence, finding } = broken;
  const at =
    place === null ? `${topic}, nowhere in the log` : `${topic} partition ${place.partition} offset ${place.offset}`;
  return `Chain ${chainId}, entry ${sequence} (${broken.kind}; ${at}): ${finding}.`;
}

function unreadableLines({ unreadable }: TopicVerdict): readonly string[] {
  return unreadable
    .slice(0, shownUnreadable)
    .map(({ place, reason }) => `${place.topic} partition ${place.partition} offset ${place.offset}: ${reason}`);
}
