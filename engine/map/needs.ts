/** Which members of its input can an expression tell apart from missing ones? The others need not be read at all. */
import {
  type CallNode,
  isArray,
  isLiteral,
  isObject,
  type LambdaNode,
  type Node,
  type PathNode,
  type Stage,
  walk,
} from './ast.ts';
import { BUILT_IN_FUNCTIONS } from './built-in-functions.ts';
import { analyse } from './compiler/analysis.ts';
import { type Meaning, Names, type Place } from './meanings.ts';

/** An object of the input. Where there is no object, or `isWhole`, all of the value is needed. */
export interface Needed {
  isWhole: boolean;
  members: Map<string, Needed>;
}

/**
 * What an expression needs of its input; undefined where that is everything, or cannot be told. More than is needed may be
 * in it, never less: whatever is not understood here needs all that it could see. An expression is looked at once.
 */
export function neededOf(ast: Node): Needed | undefined {
  const known = looked.get(ast);
  if (known) return known.needed;
  const needed = neededNow(ast);
  looked.set(ast, { needed });
  return needed;
}

const looked = new WeakMap<Node, { needed: Needed | undefined }>();

function neededNow(ast: Node): Needed | undefined {
  const { isDynamic, obstacle } = analyse(ast);
  if (isDynamic || obstacle !== undefined) return undefined;
  const needs = new Needs(ast);
  try {
    needs.visit(ast, { place: [], isWhole: true, names: new Names(undefined) });
  } catch (thrown) {
    if (thrown === EVERYTHING) return undefined;
    throw thrown;
  }
  return needs.root.isWhole ? undefined : needs.root;
}

const EVERYTHING = Symbol('everything is needed');

/** Visits of one expression; where one is written so that there are more, everything is needed. */
const VISITS_MAX = 20_000;
const CALLS_MAX = 40;

interface Visit {
  /** What the context is. */
  place: Place;
  /** Whether members that no path reads are looked at too, beyond the type of the value. */
  isWhole: boolean;
  names: Names;
}

class Needs {
  readonly root: Needed = { isWhole: false, members: new Map() };
  /** How often each name is bound, parameters included. */
  readonly #bound = new Map<string, number>();
  readonly #parameters = new Set<string>();
  #visits = 0;
  /** Lambdas that are being gone through. */
  #depth = 0;

  constructor(ast: Node) {
    const bind = (name: string) => this.#bound.set(name, (this.#bound.get(name) ?? 0) + 1);
    walk(ast, (node) => {
      if (node.type === 'bind') bind(node.lhs.value);
      if (node.type !== 'lambda') return;
      for (const { value } of node.arguments) this.#parameters.add(value);
    });
  }

  visit(node: Node, at: Visit): void {
    if (++this.#visits > VISITS_MAX) throw EVERYTHING;
    if (node.type === 'path') {
      this.#path(node, at);
      return;
    }
    const isFiltered = node.predicate !== undefined || node.group !== undefined;
    this.#bare(node, isFiltered ? { ...at, isWhole: true } : at);
    this.#filters(node.predicate, at);
    this.#group(node, at);
  }

  #bare(node: Node, at: Visit): void {
    const whole = { ...at, isWhole: true };
    switch (node.type) {
      case 'string':
      case 'number':
      case 'value':
      case 'regex':
        return;
      case 'name':
        this.#need(at.place && [...at.place, node.value], at.isWhole);
        return;
      case 'wildcard':
      case 'descendant':
        this.#need(at.place, true);
        return;
      case 'variable':
        this.#variable(node.value, at);
        return;
      case 'unary':
        if (isArray(node)) for (const item of node.expressions) this.visit(item, whole);
        else if (isObject(node))
          for (const pair of node.lhs) for (const part of pair) this.visit(part, whole);
        else this.visit(node.expression, whole);
        return;
      case 'binary': {
        const isAboutScalars = node.value === '=' || node.value === '!=' || node.value === 'in';
        const side = (one: Node, other: Node) => {
          const isShallow = isAboutScalars && this.#isScalars(other, at);
          this.visit(one, isShallow ? { ...at, isWhole: false } : whole);
        };
        side(node.lhs, node.rhs);
        side(node.rhs, node.value === 'in' ? node.rhs : node.lhs);
        return;
      }
      case 'bind':
        this.#bind(node.lhs.value, node.rhs, at);
        return;
      case 'condition':
        this.visit(node.condition, whole);
        this.visit(node.then, at);
        if (node.else) this.visit(node.else, at);
        return;
      case 'block':
        node.expressions.forEach((expression, index) => {
          this.visit(expression, index === node.expressions.length - 1 ? at : whole);
        });
        return;
      case 'function':
        this.#call(node, at);
        return;
      case 'partial':
        this.#function(node.procedure, at);
        for (const argument of node.arguments) if (argument.type !== 'operator') this.visit(argument, whole);
        return;
      case 'apply':
        this.visit(node.lhs, whole);
        if (node.rhs.type === 'function') this.#opaqueCall(node.rhs, at, 1);
        else this.#function(node.rhs, at);
        return;
      case 'lambda':
        // A function among the results shows its context.
        if (!node.thunk) this.#need(at.place, true);
        if (node.thunk) this.visit(node.body, at);
        else this.#function(node, at);
        return;
      default:
        throw EVERYTHING;
    }
  }

  #filters(stages: readonly Stage[] | undefined, at: Visit): void {
    for (const stage of stages ?? []) {
      if (stage.type === 'filter') this.visit(stage.expr, { ...at, place: undefined, isWhole: true });
    }
  }

  #group(node: Node, at: Visit): void {
    for (const part of node.group?.lhs.flat() ?? []) {
      this.visit(part, { ...at, place: undefined, isWhole: true });
    }
  }

  #path(node: PathNode, at: Visit): void {
    const isWhole = at.isWhole || node.group !== undefined || node.predicate !== undefined;
    let place: Place = at.place;
    node.steps.forEach((step, index) => {
      const isLast = index === node.steps.length - 1;
      const isFiltered =
        step.stages !== undefined || step.predicate !== undefined || step.group !== undefined;
      if (step.type === 'name') {
        place = place && [...place, step.value];
        if (isFiltered) {
          this.#need(place, true);
          place = undefined;
        }
      } else if (index === 0 && step.type === 'variable' && !isFiltered) {
        place = this.#placeOf(step, at);
        if (place === undefined) this.visit(step, { ...at, isWhole: isLast ? isWhole : true });
      } else {
        // The context of the step: what it is, and what the step reads of it.
        this.#need(place, false);
        if (step.type === 'sort') {
          this.#need(place, true);
          for (const { expression } of step.terms) {
            this.visit(expression, { ...at, place: undefined, isWhole: true });
          }
        } else this.visit(step, { ...at, place, isWhole: isFiltered || !isLast || isWhole });
        place = undefined;
      }
      this.#filters(step.stages, at);
      if (step.type === 'name') this.#filters(step.predicate, at);
      if (step.type === 'name') this.#group(step, at);
    });
    this.#need(place, isWhole);
    this.#filters(node.predicate, at);
    this.#group(node, at);
  }

  /** Where an expression that is only a way to an object of the input leads. */
  #placeOf(node: Node, at: Visit): Place {
    if (node.predicate || node.group || node.stages) return undefined;
    if (node.type === 'variable') {
      if (node.value === '') return at.place;
      if (node.value === '$') return [];
      const meaning = at.names.get(node.value);
      if (!meaning) return undefined;
      if ('path' in meaning) return meaning.path;
      if ('argument' in meaning) return this.#placeOf(meaning.argument, { ...at, ...meaning });
      return undefined;
    }
    if (node.type !== 'path') return undefined;
    const [first, ...rest] = node.steps;
    const names = first?.type === 'name' ? node.steps : rest;
    const start = first?.type === 'name' ? at.place : first && this.#placeOf(first, at);
    const isPlain = names.every(
      (step) => step.type === 'name' && !step.stages && !step.predicate && !step.group,
    );
    return isPlain && start
      ? [...start, ...names.map((step) => (step as { value: string }).value)]
      : undefined;
  }

  #variable(name: string, at: Visit): void {
    if (name === '' || name === '$') {
      this.#need(name === '' ? at.place : [], at.isWhole);
      return;
    }
    const meaning = this.#meaningOf(name, at);
    if (!meaning || 'isScalars' in meaning) return;
    if ('path' in meaning) this.#need(meaning.path, at.isWhole);
    else if ('argument' in meaning) this.visit(meaning.argument, { ...meaning, isWhole: at.isWhole });
    else {
      this.#need(meaning.place, true);
      this.#function(meaning.lambda, { ...meaning, isWhole: true });
    }
  }

  /** Undefined for a value that is needed whole, and for what no one binds. */
  #meaningOf(name: string, at: Visit): Meaning | undefined {
    // Read by a function that is kept before the variable is bound.
    if (this.#bound.has(name) && !at.names.has(name)) throw EVERYTHING;
    return at.names.get(name);
  }

  #bind(name: string, value: Node, at: Visit): void {
    const isSingle = this.#bound.get(name) === 1 && !this.#parameters.has(name);
    const isBareLambda = value.type === 'lambda' && !value.thunk && !value.predicate && !value.group;
    const path = isSingle ? this.#placeOf(value, at) : undefined;
    if (isSingle && isScalarLiteral(value)) at.names.set(name, { isScalars: true });
    else if (isSingle && isBareLambda)
      at.names.set(name, { lambda: value, place: at.place, names: at.names });
    else if (path) {
      at.names.set(name, { path });
      this.#need(path, false);
    } else {
      at.names.set(name, undefined);
      this.visit(value, { ...at, isWhole: true });
    }
  }

  #call(node: CallNode, at: Visit): void {
    const { procedure, arguments: args } = node;
    const name =
      procedure.type === 'variable' && !procedure.predicate && !procedure.group ? procedure.value : '';
    const meaning = this.#meaningOf(name, at);
    if (meaning && 'lambda' in meaning && this.#enter(meaning, args, at)) return;
    const isBuiltIn = BUILT_IN_FUNCTIONS.has(name) && !this.#bound.has(name) && !this.#parameters.has(name);
    const [only] = args;
    if (isBuiltIn && only && args.length === 1 && TYPE_ONLY.has(name))
      this.visit(only, { ...at, isWhole: false });
    else this.#opaqueCall(node, at);
  }

  /** Follows a call of a lambda that is bound once; false where its parameters stand for more than the arguments. */
  #enter(
    meaning: { lambda: LambdaNode; place: Place; names: Names },
    args: readonly Node[],
    at: Visit,
  ): boolean {
    const { lambda, place } = meaning;
    const isPlain = (lambda as { signature?: unknown }).signature === undefined;
    const isKnown = lambda.arguments.every(({ value }) => !this.#bound.has(value));
    if (!isPlain || !isKnown) return false;
    const names = new Names(meaning.names);
    lambda.arguments.forEach(({ value }, index) => {
      const argument = args[index];
      names.set(value, argument && { argument, place: at.place, names: at.names });
    });
    for (const argument of args) this.visit(argument, { ...at, isWhole: false });
    this.#body(lambda, { place, isWhole: at.isWhole, names });
    return true;
  }

  /**
   * A call of which only is known that it sees its arguments, and the context where an argument is missing.
   * @param applied arguments that are given by `~>`
   */
  #opaqueCall(node: CallNode, at: Visit, applied = 0): void {
    const { procedure, arguments: args } = node;
    if (args.length + applied < this.#argumentsMin(procedure, at)) throw EVERYTHING;
    this.#function(procedure, at);
    for (const argument of args) {
      const isFunction = argument.type === 'lambda' && !argument.thunk;
      const meaning = argument.type === 'variable' ? this.#meaningOf(argument.value, at) : undefined;
      if (isFunction || (meaning && 'lambda' in meaning)) this.#function(argument, at);
      else this.visit(argument, { ...at, isWhole: true });
    }
  }

  /** With fewer arguments than these, a function may take its context for one. */
  #argumentsMin(procedure: Node, at: Visit): number {
    if (procedure.type !== 'variable' || procedure.predicate || procedure.group) return ANY_ARGUMENTS_MIN;
    const name = procedure.value;
    const meaning = this.#meaningOf(name, at);
    if (meaning && 'lambda' in meaning) {
      const { signature } = meaning.lambda as { signature?: unknown };
      return signature === undefined ? 0 : ANY_ARGUMENTS_MIN;
    }
    const isBuiltIn = BUILT_IN_FUNCTIONS.has(name) && !this.#bound.has(name) && !this.#parameters.has(name);
    return isBuiltIn ? (ARGUMENTS_MIN[name] ?? 1) : ANY_ARGUMENTS_MIN;
  }

  /** A function that is called with anything. */
  #function(node: Node, at: Visit): void {
    const isPlain = !node.predicate && !node.group;
    if (isPlain && node.type === 'variable') {
      const meaning = this.#meaningOf(node.value, at);
      if (meaning && 'lambda' in meaning) this.#function(meaning.lambda, { ...meaning, isWhole: true });
      else if (meaning) this.visit(node, { ...at, isWhole: true });
    } else if (isPlain && node.type === 'lambda' && !node.thunk) {
      const names = new Names(at.names);
      for (const { value } of node.arguments) names.set(value, undefined);
      this.#body(node, { place: at.place, isWhole: true, names });
    } else this.visit(node, { ...at, isWhole: true });
  }

  #body(lambda: LambdaNode, at: Visit): void {
    if (++this.#depth > CALLS_MAX) throw EVERYTHING;
    this.visit(lambda.body, at);
    this.#depth--;
  }

  #isScalars(node: Node, at: Visit): boolean {
    if (node.type !== 'variable' || node.predicate || node.group) return isScalarLiteral(node);
    const meaning = this.#meaningOf(node.value, at);
    return meaning !== undefined && 'isScalars' in meaning;
  }

  #need(place: Place, isWhole: boolean): void {
    if (!place) return;
    let needed = this.root;
    for (const name of place) {
      if (name === '__proto__') throw EVERYTHING;
      let member = needed.members.get(name);
      if (!member) {
        member = { isWhole: false, members: new Map() };
        needed.members.set(name, member);
      }
      needed = member;
    }
    if (isWhole) needed.isWhole = true;
  }
}

/** Functions that look at the type of their one argument only. */
const TYPE_ONLY: ReadonlySet<string> = new Set(['exists', 'type']);

/** Functions of which a missing argument may be the context although it is an object. */
const ARGUMENTS_MIN: Readonly<Record<string, number>> = { each: 2, lookup: 2, sift: 2, millis: 0, now: 0 };
const ANY_ARGUMENTS_MIN = 2;

/** Literals that no object equals. */
function isScalarLiteral(node: Node): boolean {
  if (node.predicate || node.group) return false;
  if (isLiteral(node)) return true;
  return isArray(node) && node.expressions.every((item) => isLiteral(item) && !item.predicate && !item.group);
}
