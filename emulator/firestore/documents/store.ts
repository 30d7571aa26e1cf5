import type { Document } from '../protocol.ts';
import { splitName } from './names.ts';

/** The documents of one database, by collection: a query reads one collection and not all of them. */
export class DocumentStore {
  readonly #collections = new Map<string, Map<string, Document>>();

  get(name: string): Document | undefined {
    const { collection, id } = splitName(name);
    return this.#collections.get(collection)?.get(id);
  }

  put(document: Document): void {
    const { collection, id } = splitName(document.name);
    const documents = this.#collections.get(collection);
    if (documents === undefined) this.#collections.set(collection, new Map([[id, document]]));
    else documents.set(id, document);
  }

  delete(name: string): void {
    const { collection, id } = splitName(name);
    const documents = this.#collections.get(collection);
    documents?.delete(id);
    if (documents?.size === 0) this.#collections.delete(collection);
  }

  /** The documents of the collection with that full name. */
  inCollection(name: string): Iterable<Document> {
    return this.#collections.get(name)?.values() ?? [];
  }

  /** Full names of the collections at any depth under `parent` (a document's name, or `…/documents`). */
  *collectionsUnder(parent: string): Iterable<string> {
    const prefix = `${parent}/`;
    for (const name of this.#collections.keys()) if (name.startsWith(prefix)) yield name;
  }
}
