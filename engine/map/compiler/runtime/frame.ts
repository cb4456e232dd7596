/** Variables of expressions whose names are only known while they run: those with `$eval`, `@`, `#` and `%`. */

export class Frame {
  private readonly values = new Map<string, unknown>();
  private readonly outer: Frame | undefined;
  private readonly outermost: ((name: string) => unknown) | undefined;

  /** @param outermost answers for what no frame binds */
  constructor(outer: Frame | undefined, outermost?: (name: string) => unknown) {
    this.outer = outer;
    this.outermost = outermost;
  }

  bind(name: string, value: unknown): void {
    this.values.set(name, value);
  }

  lookup(name: string): unknown {
    for (let frame: Frame | undefined = this; frame; frame = frame.outer) {
      if (frame.values.has(name)) return frame.values.get(name);
      if (frame.outermost) return frame.outermost(name);
    }
    return undefined;
  }
}

export type Tuple = Record<string, unknown>;

export function frameOfTuple(outer: Frame, tuple: Tuple): Frame {
  const frame = new Frame(outer);
  for (const name of Object.keys(tuple)) frame.bind(name, tuple[name]);
  return frame;
}
