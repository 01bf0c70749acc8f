// Clients that give terms of RDF/JS. The arguments are a file of questions and the name of a client,
// which asks them; the answers are written as JSON.
import { SparqlEndpointFetcher } from 'fetch-sparql-endpoint';
import { Writer } from 'n3';
import { readFile } from 'node:fs/promises';
import ParsingClient from 'sparql-http-client/ParsingClient.js';

const { endpoint, questions } = JSON.parse(await readFile(process.argv[2], 'utf8'));

const CLIENTS = {
  'fetch-sparql-endpoint': (method) => {
    const fetcher = new SparqlEndpointFetcher({ method });
    return {
      ask: (query) => fetcher.fetchAsk(endpoint, query),
      construct: async (query) => (await fetcher.fetchTriples(endpoint, query)).toArray(),
      select: async (query) => (await fetcher.fetchBindings(endpoint, query)).toArray(),
    };
  },
  'sparql-http-client': (method) => {
    const client = new ParsingClient({ endpointUrl: endpoint });
    const options = { operation: method === 'POST' ? 'postUrlencoded' : 'get' };
    return {
      ask: (query) => client.query.ask(query, options),
      construct: async (query) => [...(await client.query.construct(query, options))],
      select: (query) => client.query.select(query, options),
    };
  },
};

function asJson(term) {
  if (term.termType !== 'Literal') return { type: 'uri', value: term.value };
  const { value, language, datatype } = term;
  const kind = language ? { 'xml:lang': language } : { datatype: datatype.value };
  return { type: 'literal', value, ...kind };
}

async function answer({ form, method, query }) {
  const client = CLIENTS[process.argv[3]](method);
  if (form === 'ASK') return { results: { head: {}, boolean: await client.ask(query) } };
  if (form === 'CONSTRUCT') {
    return { graph: new Writer({ format: 'N-Triples' }).quadsToString(await client.construct(query)) };
  }
  const rows = await client.select(query);
  const bindings = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, term]) => [name, asJson(term)])));
  return { results: { head: { vars: Object.keys(rows[0]) }, results: { bindings } } };
}

const answers = {};
for (const question of questions) {
  try {
    answers[question.name] = await answer(question);
  } catch (error) {
    answers[question.name] = { error: error.message };
  }
}
process.stdout.write(JSON.stringify(answers));
