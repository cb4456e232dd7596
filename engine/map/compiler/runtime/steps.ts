/** Goes through a path whose steps may carry variables in tuples. */
import { type Frame, frameOfTuple, type Tuple } from './frame.ts';
import type { Part } from './grouping.ts';
import { itemAt, keepIf } from './paths.ts';
import type { Run } from './run.ts';
import {
  asList,
  flattenStep,
  keepSingleton,
  newSequence,
  push,
  type Sequence,
  sequenceOf,
} from './sequence.ts';
import { orderBy, type Term } from './sorting.ts';
import {
  extendTuple,
  numberTuples,
  startTuples,
  type TupleStep,
  tupleStream,
  tuplesOfSorted,
  valuesOfTuples,
} from './tuples.ts';

type Stage = { index: string } | { at: number } | { filter: Part };

export interface Step extends TupleStep {
  /** Gives what the step gives for one input; a sorting step has terms instead. */
  part?: Part;
  terms?: Term[];
  position?: number;
  stages: Stage[];
  isConstructor?: boolean;
  isTuple?: boolean;
}

export interface PathOptions {
  /** Begins with a variable: goes through the context once, even where it is a list. */
  isValue: boolean;
  /** Gives its tuples to the path that it is a step of. */
  keepsTuples: boolean;
  keepsSingleton: boolean;
  forGroup: boolean;
}

export function walkSteps(
  run: Run,
  input: unknown,
  steps: Step[],
  options: PathOptions,
  frame: Frame,
): unknown {
  const limit = run.budget.sequence;
  let list: unknown = options.isValue ? sequenceOf(input) : asList(input);
  let result: unknown;
  let tuples: unknown;
  let isTuples = false;
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as Step;
    if (step.isTuple) isTuples = true;
    if (index === 0 && step.isConstructor) result = (step.part as Part)(list, frame);
    else if (isTuples) tuples = tupleStep(run, step, list, tuples, frame);
    else result = plainStep(run, step, list, index === steps.length - 1, frame);
    if (!isTuples && (result === undefined || (result as unknown[]).length === 0)) break;
    if (step.focus === undefined) list = result;
  }
  if (isTuples) result = options.keepsTuples ? tuples : valuesOfTuples(tuples, limit);
  if (options.keepsSingleton) result = keepSingleton(result);
  return options.forGroup && isTuples ? tuples : result;
}

function plainStep(run: Run, step: Step, list: unknown, isLast: boolean, frame: Frame): unknown {
  if (step.terms) {
    return throughStages(run, step.stages, orderBy(run, list, step.terms, step.position, frame), frame);
  }
  const limit = run.budget.sequence;
  const results: unknown[] = [];
  const inputs = list as unknown[];
  for (let index = 0; index < inputs.length; index++) {
    run.step();
    let value = (step.part as Part)(inputs[index], frame);
    for (const stage of step.stages) {
      if ('at' in stage) value = itemAt(value, stage.at);
      else if ('filter' in stage) value = filterBy(run, value, stage.filter, frame);
    }
    if (value !== undefined) push(results, value, limit);
  }
  return flattenStep(results, isLast, limit);
}

function tupleStep(run: Run, step: Step, list: unknown, tuples: unknown, frame: Frame): unknown {
  const limit = run.budget.sequence;
  if (step.terms) {
    const sorted = orderBy(run, tuples ?? list, step.terms, step.position, frame);
    const stream = tuples ? sorted : tuplesOfSorted(sorted, step.index, limit);
    return throughStages(run, step.stages, stream, frame);
  }
  const stream = tupleStream();
  const inputs = (tuples ?? startTuples(list)) as Tuple[];
  for (let index = 0; index < inputs.length; index++) {
    run.step();
    const tuple = inputs[index] as Tuple;
    const value = (step.part as Part)(tuple['@'], frameOfTuple(frame, tuple));
    extendTuple(stream, tuple, value, step, limit);
  }
  return throughStages(run, step.stages, stream, frame);
}

function throughStages(run: Run, stages: Stage[], input: unknown, frame: Frame): unknown {
  let result = input;
  for (const stage of stages) {
    if ('index' in stage) result = numberTuples(result, stage.index);
    else if ('at' in stage) result = itemAt(result, stage.at);
    else result = filterBy(run, result, stage.filter, frame);
  }
  return result;
}

/** A filter on values or on tuples. */
export function filterBy(run: Run, input: unknown, predicate: Part, frame: Frame): Sequence {
  const results = newSequence();
  const list: Sequence = Array.isArray(input) ? input : [input];
  if (list.tupleStream) results.tupleStream = true;
  for (let index = 0; index < list.length; index++) {
    run.step();
    const item = list[index];
    const answer = list.tupleStream
      ? predicate((item as Tuple)['@'], frameOfTuple(frame, item as Tuple))
      : predicate(item, frame);
    keepIf(results, item, answer, index, list.length, run.budget.sequence);
  }
  return results;
}
