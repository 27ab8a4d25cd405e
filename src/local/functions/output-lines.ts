import type { Readable } from 'node:stream';

/** Longest line kept; what a function writes beyond it comes as a further line. */
const maxLineLength = 256 * 1024;

/** Calls back for every line of a stream, without its end; the last one may lack it. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    rest += text;
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      if (end > from) onLine(rest.slice(from, end));
      from = end + 1;
    }
    rest = rest.slice(from);
    for (; rest.length > maxLineLength; rest = rest.slice(maxLineLength)) onLine(rest.slice(0, maxLineLength));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
}
