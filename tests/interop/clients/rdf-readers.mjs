// Reads the documents of a folder, its argument: Turtle and N-Triples with N3.js, JSON-LD with
// jsonld.js. Writes JSON: what each file says, in N-Quads.
import jsonld from 'jsonld';
import { Parser, Writer } from 'n3';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.argv[2];
const read = {};
const ways = {
  ttl: (text) => new Writer({ format: 'N-Quads' }).quadsToString(new Parser().parse(text)),
  nt: (text) => new Writer({ format: 'N-Quads' }).quadsToString(new Parser({ format: 'N-Triples' }).parse(text)),
  jsonld: (text) => jsonld.toRDF(JSON.parse(text), { format: 'application/n-quads' }),
};
for (const name of await readdir(folder)) {
  const way = ways[name.split('.').pop()];
  if (way) read[name] = await way(await readFile(join(folder, name), 'utf8'));
}
process.stdout.write(JSON.stringify(read));
