/** Streams of tuples: what `@$name`, `#$name` and `%` make of a path. */
import type { Tuple } from './frame.ts';
import { newSequence, push, type Sequence } from './sequence.ts';

/** What a step adds to its tuples. */
export interface TupleStep {
  focus?: string;
  index?: string;
  ancestor?: string;
}

export function tupleStream(): Sequence {
  const stream = newSequence();
  stream.tupleStream = true;
  return stream;
}

/** The tuples that a first step goes through. */
export function startTuples(input: unknown): unknown[] {
  return (input as unknown[]).map((item) => ({ '@': item }));
}

/** Adds a tuple to the stream for each value that a step gives for one tuple. */
export function extendTuple(
  stream: Sequence,
  tuple: Tuple,
  value: unknown,
  step: TupleStep,
  limit: number,
): void {
  if (value === undefined) return;
  const values: Sequence = Array.isArray(value) ? value : [value];
  for (let index = 0; index < values.length; index++) {
    const extended: Tuple = Object.assign(Object.create(null), tuple);
    if (values.tupleStream) Object.assign(extended, values[index]);
    else {
      if (step.focus) extended[step.focus] = values[index];
      else extended['@'] = values[index];
      if (step.index) extended[step.index] = index;
      if (step.ancestor) extended[step.ancestor] = tuple['@'];
    }
    push(stream, extended, limit);
  }
}

/** Tuples of a list that was sorted before it had any. */
export function tuplesOfSorted(sorted: unknown, index: string | undefined, limit: number): Sequence {
  const stream = tupleStream();
  const list = sorted as unknown[];
  for (let position = 0; position < list.length; position++) {
    push(stream, { '@': list[position], [String(index)]: position }, limit);
  }
  return stream;
}

/** `#$name` after a filter: numbers what is left. */
export function numberTuples(stream: unknown, name: string): unknown {
  const list = stream as Tuple[];
  for (let index = 0; index < list.length; index++) (list[index] as Tuple)[name] = index;
  return stream;
}

/** The values of a stream, without the variables. */
export function valuesOfTuples(stream: unknown, limit: number): Sequence {
  const values = newSequence();
  for (const tuple of stream as Tuple[]) push(values, tuple['@'], limit);
  return values;
}
