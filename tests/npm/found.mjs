// What Comunica finds in an endpoint's description: the address of the endpoint is the argument, the
// answer is JSON. It asks as Comunica does (the same Accept) and reads with Comunica's own actors.
import { ActorRdfMetadataExtractSparqlService } from '@comunica/actor-rdf-metadata-extract-sparql-service';
import { ActorRdfMetadataExtractVoid } from '@comunica/actor-rdf-metadata-extract-void';
import { StreamParser } from 'n3';
import { Readable } from 'node:stream';

const url = process.argv[2];
const text = await (await fetch(url, { headers: { accept: 'application/n-quads' } })).text();
const found = {};
for (const Actor of [ActorRdfMetadataExtractSparqlService, ActorRdfMetadataExtractVoid]) {
  const actor = new Actor({ name: Actor.name, bus: { subscribe() {} }, inferHttpsEndpoint: true });
  const metadata = Readable.from([text]).pipe(new StreamParser({ format: 'application/n-quads' }));
  Object.assign(found, (await actor.run({ url, metadata, requestTime: 0 })).metadata);
}
found.datasets = (found.datasets ?? []).map(({ uri, source }) => ({ uri, source }));
process.stdout.write(JSON.stringify(found));
