/** Everything that generated code may name, and nothing else. */
import {
  apply,
  argument,
  atDirectCall,
  call,
  callInTail,
  chain,
  finishTail,
  named,
  PLACEHOLDER,
  partial,
} from './apply.ts';
import { Lambda, Tail } from './callable.ts';
import { atOperator, failure } from './errors.ts';
import { Frame } from './frame.ts';
import {
  canAppend,
  countOf,
  distinctOf,
  keysOfPlain,
  mergeOf,
  replacePattern,
  stringOf,
  typeOf,
} from './functions/direct.ts';
import { eachWith, filterWith, isOpen, mapWith, siftWith } from './functions/loops.ts';
import { bare, contextOfGroup, group } from './grouping.ts';
import { matcher } from './matcher.ts';
import { text as made } from './meter.ts';
import {
  arithmeticAt,
  compareAt,
  isEqual,
  isIn,
  isUnequal,
  negate,
  rangeAt,
  textOf,
  truth,
  truthAt,
} from './operators.ts';
import { descendants, field, fieldsOfContext, fieldsOfValue, itemAt, keepIf, wildcard } from './paths.ts';
import {
  append,
  appendTo,
  contextValue,
  finish,
  flattened,
  flattenStep,
  isPlain,
  isSequence,
  keepSingleton,
  mark,
  markConstructed,
  newSequence,
  push,
  refuseToKeep,
  type Sequence,
  sequenceOf,
} from './sequence.ts';
import { orderBy } from './sorting.ts';
import { filterBy, walkSteps } from './steps.ts';
import { indexIn, textAfter, textBefore } from './text-search.ts';
import { timeOf } from './timestamps.ts';
import { transform } from './transforming.ts';

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function listOf(value: unknown): unknown[] {
  return [value];
}

/** A new list that keeps its one item. */
function kept(list: unknown[]): Sequence {
  const sequence = mark(list);
  sequence.keepSingleton = true;
  return sequence;
}

export const LIBRARY = {
  isArray: Array.isArray,
  /** A variable before it is bound. */
  UNBOUND: Symbol('unbound'),
  /** A step of a path that is no plain object: not plain itself, but an object, and looked at like a sequence. */
  CANNOT_OPEN: Object.freeze(newSequence()) as unknown,
  isSequence,
  isPlain,
  isObject,
  own,
  listOf,
  kept,
  indexIn,
  textBefore,
  textAfter,
  timeOf,
  canAppend,
  countOf,
  distinctOf,
  keysOfPlain,
  mergeOf,
  replacePattern,
  stringOf,
  typeOf,
  eachWith,
  filterWith,
  isOpen,
  mapWith,
  siftWith,
  append,
  apply,
  argument,
  atDirectCall,
  call,
  callInTail,
  chain,
  finishTail,
  named,
  partial,
  PLACEHOLDER,
  Lambda,
  Tail,
  atOperator,
  failure,
  Frame,
  bare,
  contextOfGroup,
  group,
  matcher,
  made,
  arithmeticAt,
  compareAt,
  isEqual,
  isIn,
  isUnequal,
  negate,
  rangeAt,
  textOf,
  truth,
  truthAt,
  descendants,
  field,
  fieldsOfContext,
  fieldsOfValue,
  itemAt,
  keepIf,
  wildcard,
  appendTo,
  contextValue,
  finish,
  flattened,
  flattenStep,
  keepSingleton,
  mark,
  markConstructed,
  push,
  refuseToKeep,
  sequenceOf,
  orderBy,
  filterBy,
  walkSteps,
  transform,
} as const;
