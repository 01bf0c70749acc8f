// fetch-sparql-endpoint: asks the questions of a file, its argument, and writes the answers as JSON.
import { SparqlEndpointFetcher } from 'fetch-sparql-endpoint';
import { Writer } from 'n3';
import { readFile } from 'node:fs/promises';

const { endpoint, questions } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const answers = {};

function asJson(term) {
  if (term.termType !== 'Literal') return { type: 'uri', value: term.value };
  const { value, language, datatype } = term;
  const kind = language ? { 'xml:lang': language } : { datatype: datatype.value };
  return { type: 'literal', value, ...kind };
}

async function answer({ form, method, query }) {
  const fetcher = new SparqlEndpointFetcher({ method });
  if (form === 'ASK') return { results: { head: {}, boolean: await fetcher.fetchAsk(endpoint, query) } };
  if (form === 'CONSTRUCT') {
    const quads = await (await fetcher.fetchTriples(endpoint, query)).toArray();
    return { graph: new Writer({ format: 'N-Triples' }).quadsToString(quads) };
  }
  const rows = await (await fetcher.fetchBindings(endpoint, query)).toArray();
  const bindings = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, term]) => [name, asJson(term)])));
  return { results: { head: { vars: Object.keys(rows[0]) }, results: { bindings } } };
}

for (const question of questions) {
  try {
    answers[question.name] = await answer(question);
  } catch (error) {
    answers[question.name] = { error: error.message };
  }
}
process.stdout.write(JSON.stringify(answers));
