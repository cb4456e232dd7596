/** What does a mapping write where? Its output, attribute by attribute, as far as it can be seen without running it. */
import { isArray, isObject, type LiteralNode, type Node, type ObjectNode, unwrapThunk } from './ast.ts';
import type { Mapping } from './evaluate.ts';
import {
  blockResult,
  builtInName,
  type Closure,
  calledBody,
  callOf,
  enter,
  ROOT,
  resolve,
  type Scope,
} from './scope.ts';
import { pathOf, sourcesOf } from './sources.ts';

/** One key of an object constructor of the output. */
export interface Member {
  /** Names from the event's root, lists left out: `device`, `network_interfaces`, `mac`. */
  names: string[];
  /** Dotted, with lists shown: `device.network_interfaces[].mac`. */
  path: string;
  key: LiteralNode;
  value: Node;
  scope: Scope;
  /** The call that led to this object constructor, where a function of the mapping holds it. */
  calledBy?: Node;
  results: Result[];
}

/** A node that may become the value of a member, behind conditions, lists, variables and local functions. */
export interface Result extends Closure {
  /** Whether it is an item of a list. */
  isItem: boolean;
  calledBy?: Node;
}

/** The object constructor that a mapping results in; undefined where its result is anything else. */
export function outputObject(mapping: Mapping): { node: ObjectNode; scope: Scope } | undefined {
  const result =
    mapping.ast.type === 'block' ? blockResult(mapping.ast, ROOT) : { node: mapping.ast, scope: ROOT };
  return result && isObject(result.node) ? { node: result.node, scope: result.scope } : undefined;
}

/** All members of the output, each before those below it. Members with computed keys are left out. */
export function* outputMembers(mapping: Mapping): Generator<Member> {
  const output = outputObject(mapping);
  if (output) yield* membersOf({ ...output, isItem: false }, [], '');
}

function* membersOf(object: Result, names: readonly string[], prefix: string): Generator<Member> {
  if (!isObject(object.node)) return;
  for (const [key, value] of object.node.lhs) {
    if (key.type !== 'string') continue;
    const name = String(key.value);
    const member: Member = {
      names: [...names, name],
      path: `${prefix}${name}`,
      key,
      value,
      scope: object.scope,
      results: distinctResults({ node: value, scope: object.scope, isItem: false }),
      ...(object.calledBy && { calledBy: object.calledBy }),
    };
    yield member;
    for (const result of member.results) {
      const inherited = result.calledBy
        ? result
        : { ...result, ...(object.calledBy && { calledBy: object.calledBy }) };
      yield* membersOf(inherited, member.names, `${member.path}${result.isItem ? '[]' : ''}.`);
    }
  }
}

/** More ways to a value than this are not followed: variables that use variables twice each double them. */
const RESULTS_MAX = 1000;

function distinctResults(from: Result): Result[] {
  const byNode = new Map<Node, Result[]>();
  let count = 0;
  for (const result of resultsOf(from)) {
    const same = byNode.get(result.node) ?? [];
    if (!same.some(({ scope, isItem }) => scope === result.scope && isItem === result.isItem))
      same.push(result);
    byNode.set(result.node, same);
    if (++count >= RESULTS_MAX) break;
  }
  return [...byNode.values()].flat();
}

function* resultsOf(result: Result): Generator<Result> {
  const { node, scope } = result;
  const to = (next: Node, at: Scope = scope, isItem = result.isItem) =>
    resultsOf({ ...result, node: unwrapThunk(next), scope: at, isItem });
  if (node.type === 'condition') {
    yield* to(node.then);
    if (node.else) yield* to(node.else);
  } else if (node.type === 'block') {
    const last = blockResult(node, scope);
    if (last) yield* to(last.node, last.scope);
  } else if (node.type === 'bind') {
    yield* to(node.rhs);
  } else if (isArray(node)) {
    yield result;
    for (const item of node.expressions) yield* to(item, scope, true);
  } else if (node.type === 'variable') {
    const bound = resolve(node, scope);
    if (bound && bound.node !== node) yield* to(bound.node, bound.scope);
    else yield result;
  } else if (node.type === 'path') {
    yield* pathResults(result);
  } else if (callOf(node)) {
    yield* callResults(result);
  } else yield result;
}

/** `machine.addresses.{ ... }`: the object constructor is the last step, its context the steps before. */
function* pathResults(result: Result): Generator<Result> {
  const { node, scope } = result;
  const last = node.type === 'path' ? node.steps[node.steps.length - 1] : undefined;
  if (node.type !== 'path' || !last || !(isObject(last) || last.type === 'block')) {
    yield result;
    return;
  }
  const context = pathOf({ type: 'path', steps: node.steps.slice(0, -1) }, scope);
  yield* resultsOf({ ...result, node: last, scope: scope.in(context), isItem: true });
}

function* callResults(result: Result): Generator<Result> {
  const { node, scope } = result;
  const body = calledBody(node, scope);
  if (body) {
    yield* resultsOf({ ...result, ...body, calledBy: result.calledBy ?? node });
    return;
  }
  const call = callOf(node);
  const name = call && builtInName(call.procedure, scope);
  const [first, second] = call?.args ?? [];
  if (name === 'merge' && first && isArray(first)) {
    for (const part of first.expressions) yield* resultsOf({ ...result, node: part });
  } else if (name === 'append') {
    for (const part of call?.args ?? []) yield* resultsOf({ ...result, node: part, isItem: true });
  } else if (first && (name === 'filter' || name === 'sort' || name === 'reverse' || name === 'distinct')) {
    yield* resultsOf({ ...result, node: first });
  } else if (name === 'map' && first && second) {
    const lambda = resolve(second, scope);
    if (lambda?.node.type !== 'lambda') return;
    const items = pathOf(first, scope);
    const item = items
      ? { node: first, scope }
      : { paths: sourcesOf(first, scope).map((paths) => [...paths]) };
    yield* resultsOf({ ...result, ...enter(lambda.node, lambda.scope, [item]), isItem: true });
  } else yield result;
}
