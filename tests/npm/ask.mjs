// Asks queries with Comunica. Standard input: lines of JSON, {query, sources}; standard output: a
// line for each, SPARQL's results in JSON without what Comunica adds (its metadata). Nothing is kept
// from one query to the next.
import { QueryEngine } from '@comunica/query-sparql';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';

const JSON_RESULTS = 'application/sparql-results+json';
const engine = new QueryEngine();
for await (const line of createInterface({ input: process.stdin })) {
  const { query, sources } = JSON.parse(line);
  const result = await engine.query(query, { sources });
  const { data } = await engine.resultToString(result, JSON_RESULTS);
  const { head, results } = JSON.parse(await text(data));
  process.stdout.write(`${JSON.stringify({ head, results })}\n`);
  await engine.invalidateHttpCache();
}
