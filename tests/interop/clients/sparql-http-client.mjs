// sparql-http-client: asks the questions of a file, its argument, and writes the answers as JSON.
import ParsingClient from 'sparql-http-client/ParsingClient.js';
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

const client = new ParsingClient({ endpointUrl: endpoint });

async function answer({ form, method, query }) {
  const options = { operation: method === 'POST' ? 'postUrlencoded' : 'get' };
  if (form === 'ASK') return { results: { head: {}, boolean: await client.query.ask(query, options) } };
  if (form === 'CONSTRUCT') {
    const quads = [...(await client.query.construct(query, options))];
    return { graph: new Writer({ format: 'N-Triples' }).quadsToString(quads) };
  }
  const rows = await client.query.select(query, options);
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
