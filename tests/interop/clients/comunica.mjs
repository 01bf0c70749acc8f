// Comunica: asks the questions of a file, its argument, and writes the answers as JSON. It chooses the
// method itself: short queries go by GET.
import { QueryEngine } from '@comunica/query-sparql';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

const FORMS = { CONSTRUCT: 'application/n-triples' };
const { endpoint, questions } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const engine = new QueryEngine();
const answers = {};
for (const { name, form, query } of questions) {
  try {
    const result = await engine.query(query, { sources: [endpoint] });
    const format = FORMS[form] ?? 'application/sparql-results+json';
    const written = await text((await engine.resultToString(result, format)).data);
    if (form === 'CONSTRUCT') {
      answers[name] = { graph: written };
    } else {
      const { head, results, boolean } = JSON.parse(written); // without what Comunica adds: metadata
      answers[name] = { results: { head, results, boolean } };
    }
  } catch (error) {
    answers[name] = { error: error.message };
  }
}
process.stdout.write(JSON.stringify(answers));
