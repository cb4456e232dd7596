/** What do the variables of an expression stand for, where that is a place in its input? */
import type { LambdaNode, Node } from './ast.ts';

/** The names that lead to an object of the input; undefined for values that are needed whole wherever they come from. */
export type Place = readonly string[] | undefined;

/** What a variable stands for, where that is more than some value. */
export type Meaning =
  | { isScalars: true }
  | { path: readonly string[] }
  | { lambda: LambdaNode; place: Place; names: Names }
  | { argument: Node; place: Place; names: Names };

export class Names {
  readonly #outer: Names | undefined;
  readonly #meanings = new Map<string, Meaning | undefined>();

  constructor(outer: Names | undefined) {
    this.#outer = outer;
  }

  set(name: string, meaning: Meaning | undefined): void {
    this.#meanings.set(name, meaning);
  }

  has(name: string): boolean {
    return this.#meanings.has(name) || (this.#outer?.has(name) ?? false);
  }

  get(name: string): Meaning | undefined {
    return this.#meanings.has(name) ? this.#meanings.get(name) : this.#outer?.get(name);
  }
}
