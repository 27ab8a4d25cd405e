/** What a bundle begins with: packages written for `require` call it for Node's own modules, and find none in an ES module. */
export const requireBanner = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');
