/** Values by key, made when they are first asked for; few are kept, because each can be made again. */
export class Recent<T> {
  readonly #max: number;
  readonly #values = new Map<string, T>();

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string, make: () => T): T {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= this.#max) this.#values.clear();
    const made = make();
    this.#values.set(key, made);
    return made;
  }
}
