/** Which paths of the records feed the value of an expression? Followed through variables and local functions. */
import { type ConditionNode, isArray, isObject, type Node, type PathNode, unwrapThunk } from './ast.ts';
import {
  type Bound,
  blockResult,
  builtInName,
  calledBody,
  callOf,
  enter,
  resolve,
  type Scope,
} from './scope.ts';

/** Each alternative is a set of dotted paths that go into the value together, in the order of the text. */
export type Alternatives = readonly string[][];

interface Sources {
  values: Alternatives;
  /** Paths that only decide between branches. */
  deciders: readonly string[];
}

const NONE: Sources = { values: [], deciders: [] };
/** More alternatives than this are put together as one. */
const ALTERNATIVES_MAX = 32;

/**
 * The alternatives of a value. What a condition tests counts only where no branch has a path: then it decides the value.
 */
export function sourcesOf(node: Node, scope: Scope): Alternatives {
  return withoutSubsets(settle(sources(node, scope)));
}

/** The dotted path that a value is an unchanged copy of, however many conditions and functions it passes. */
export function copiedPath(node: Node, scope: Scope): string | undefined {
  return copy(node, scope) || undefined;
}

/** The path of names that an expression stands for; undefined where it computes anything. */
export function pathOf(node: Node, scope: Scope): readonly string[] | undefined {
  switch (node.type) {
    case 'variable': {
      if (node.value === '') return scope.context;
      if (node.value === '$') return [];
      const bound = scope.lookup(node.value);
      return bound && 'node' in bound ? pathOf(bound.node, bound.scope) : undefined;
    }
    case 'block': {
      const result = blockResult(node, scope);
      return result && pathOf(result.node, result.scope);
    }
    case 'path':
      return pathOfSteps(node.steps, scope);
    default:
      return undefined;
  }
}

function pathOfSteps(steps: readonly Node[], scope: Scope): readonly string[] | undefined {
  let path: readonly string[] | undefined = scope.context;
  for (const [index, step] of steps.entries()) {
    if (step.focus !== undefined) return undefined;
    if (step.type === 'name') path = path && [...path, step.value];
    else if (step.type !== 'sort') path = index === 0 ? pathOf(step, scope) : undefined;
  }
  return path;
}

function sources(node: Node, scope: Scope): Sources {
  switch (node.type) {
    case 'path':
      return pathSources(node, scope);
    case 'variable':
      return boundSources(node, scope);
    case 'block': {
      const result = blockResult(node, scope);
      return result ? sources(result.node, result.scope) : NONE;
    }
    case 'bind':
      return sources(node.rhs, scope);
    case 'condition':
      return conditionSources(node, scope);
    case 'function':
    case 'apply':
    case 'partial':
      return callSources(node, scope);
    case 'lambda': {
      const body = enter(node, scope, []);
      return sources(body.node, body.scope);
    }
    case 'binary':
      return together([node.lhs, node.rhs], scope);
    case 'unary':
      if (isObject(node)) return together(node.lhs.flat(), scope);
      return isArray(node) ? together(node.expressions, scope) : sources(node.expression, scope);
    default:
      return NONE;
  }
}

function boundSources(node: Node & { type: 'variable' }, scope: Scope): Sources {
  const path = pathOf(node, scope);
  if (path) return onePath(path);
  const bound = scope.lookup(node.value);
  if (!bound) return NONE;
  if (!('node' in bound)) return { values: bound.paths, deciders: [] };
  const known = boundValues.get(bound) ?? sources(bound.node, bound.scope);
  boundValues.set(bound, known);
  return known;
}

/** Variables that use variables twice each would otherwise be followed again and again. */
const boundValues = new WeakMap<Bound, Sources>();
const boundCopies = new WeakMap<Bound, { path: string | undefined }>();

function onePath(path: readonly string[]): Sources {
  return path.length === 0 ? NONE : { values: [[path.join('.')]], deciders: [] };
}

function pathSources(node: PathNode, scope: Scope): Sources {
  const path = pathOf(node, scope);
  if (path) return onePath(path);
  const [first, second] = node.steps;
  if (!first) return NONE;
  if (second?.type === 'name') {
    const member = memberSources(first, scope, second.value);
    if (member) return member;
  }
  const last = node.steps[node.steps.length - 1];
  const before = pathOfSteps(node.steps.slice(0, -1), scope);
  // A computed last step, as in `machine.tags.$uppercase($)`, reads below the steps before it.
  if (last && before && node.steps.length > 1) {
    const computed = settle(sources(last, scope.in(before)));
    return computed.length > 0 ? { values: computed, deciders: [] } : onePath(before);
  }
  return sources(first, scope);
}

/** The sources of one member of an object constructor, also behind variables and conditions; undefined for other nodes. */
function memberSources(node: Node, scope: Scope, name: string): Sources | undefined {
  const start = resolve(node, scope);
  if (!start) return undefined;
  if (isObject(start.node)) {
    const member = start.node.lhs.find(([key]) => key.type === 'string' && key.value === name);
    return member ? sources(member[1], start.scope) : NONE;
  }
  if (start.node.type !== 'condition') return undefined;
  return branchSources(start.node, start.scope, (branch) => memberSources(branch, start.scope, name));
}

function conditionSources(node: ConditionNode, scope: Scope): Sources {
  return branchSources(node, scope, (branch) => sources(branch, scope)) ?? NONE;
}

function branchSources<T extends Sources | undefined>(
  node: ConditionNode,
  scope: Scope,
  ofBranch: (branch: Node) => T,
): Sources | T {
  const condition = settle(sources(node.condition, scope));
  let merged: Sources = { values: [], deciders: condition.flat() };
  for (const branch of node.else ? [node.then, node.else] : [node.then]) {
    const found = ofBranch(unwrapThunk(branch));
    if (!found) return found;
    merged = {
      values: distinct([...merged.values, ...found.values]),
      deciders: unique([...merged.deciders, ...found.deciders]),
    };
  }
  return merged;
}

/** Functions whose second argument chooses or orders, and gives nothing to the value. */
const CHOOSING = new Set(['filter', 'sort', 'single']);

function callSources(node: Node, scope: Scope): Sources {
  const body = calledBody(node, scope);
  if (body) return sources(body.node, body.scope);
  const call =
    callOf(node) ??
    (node.type === 'partial' ? { procedure: node.procedure, args: node.arguments } : undefined);
  if (!call) return NONE;
  const name = builtInName(call.procedure, scope);
  const args = name !== undefined && CHOOSING.has(name) ? call.args.slice(0, 1) : call.args;
  const first = args[0] ? settle(sources(args[0], scope)) : [];
  const operands = args.map((arg, index) => {
    const lambda = index > 0 ? resolve(arg, scope) : undefined;
    if (lambda?.node.type !== 'lambda') return settle(sources(arg, scope));
    // `$map` and its like hand items of the first argument to the lambda.
    const items: Bound = { paths: first.map((alternative) => [...alternative]) };
    const inner = enter(
      lambda.node,
      lambda.scope,
      lambda.node.arguments.map(() => items),
    );
    return settle(sources(inner.node, inner.scope));
  });
  return { values: combine(operands), deciders: [] };
}

function together(nodes: readonly Node[], scope: Scope): Sources {
  return { values: combine(nodes.map((node) => settle(sources(node, scope)))), deciders: [] };
}

/** Every choice of one alternative from each operand. */
function combine(operands: readonly Alternatives[]): Alternatives {
  let combined: string[][] = [];
  for (const operand of operands) {
    if (operand.length === 0) continue;
    if (combined.length === 0) combined = operand.map((alternative) => [...alternative]);
    else combined = combined.flatMap((left) => operand.map((right) => unique([...left, ...right])));
    combined = distinct(combined);
    if (combined.length > ALTERNATIVES_MAX) combined = [unique(combined.flat())];
  }
  return combined;
}

function settle({ values, deciders }: Sources): Alternatives {
  if (values.length > 0) return values;
  return deciders.length > 0 ? [unique(deciders)] : [];
}

/** Drops an alternative whose paths are all in another one: it adds no source. */
function withoutSubsets(alternatives: Alternatives): Alternatives {
  return alternatives.filter((alternative, index) =>
    alternatives.every((other, at) => {
      if (at === index || !alternative.every((path) => other.includes(path))) return true;
      return other.length === alternative.length && index < at;
    }),
  );
}

function distinct(alternatives: Alternatives): string[][] {
  return [...new Map(alternatives.map((paths) => [paths.join('\n'), [...paths]])).values()];
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}

/** As `copiedPath`; empty for an expression that gives nothing, such as `()`. */
function copy(node: Node, scope: Scope): string | undefined {
  const path = pathOf(node, scope);
  if (path) return path.join('.') || undefined;
  if (node.type === 'block') {
    const result = blockResult(node, scope);
    return result ? copy(result.node, result.scope) : '';
  }
  if (node.type === 'condition') {
    const a = copy(unwrapThunk(node.then), scope);
    const b = node.else ? copy(unwrapThunk(node.else), scope) : '';
    return a === undefined || b === undefined || (a !== '' && b !== '' && a !== b) ? undefined : a || b;
  }
  if (node.type === 'variable') {
    const bound = scope.lookup(node.value);
    if (!bound || !('node' in bound)) return undefined;
    const known = boundCopies.get(bound) ?? { path: copy(bound.node, bound.scope) };
    boundCopies.set(bound, known);
    return known.path;
  }
  const body = calledBody(node, scope);
  return body && copy(body.node, body.scope);
}
