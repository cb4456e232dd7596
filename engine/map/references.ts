/** What does an expression refer to: which paths of its input, which variables and functions that nobody bound? */
import type { Span } from '../definition/source.ts';
import {
  type CallNode,
  type ConditionNode,
  isArray,
  isObject,
  type NameNode,
  type Node,
  type PathNode,
  type Stage,
  unwrapThunk,
} from './ast.ts';
import { BUILT_IN_FUNCTIONS } from './built-in-functions.ts';
import { spanOf } from './span-of.ts';
import type { Tokens } from './tokens.ts';

/** A path of names from the root of the input, and where it is written. */
export interface ReadPath extends Span {
  steps: readonly string[];
  /** Whether the first step is written here, rather than given by the context (as inside of a filter). */
  fromRoot: boolean;
}

/** A variable that nothing binds, or a name that is called without `$`. */
export interface Unbound extends Span {
  /** As written: `$name`, or `name` where it is called without `$`. */
  name: string;
  called: boolean;
  /** Variables that are bound where it stands. */
  visible: string[];
}

export interface References {
  paths: ReadPath[];
  unbound: Unbound[];
  /** Calls of built-in functions that the expression has not bound anew. */
  builtIns: (Span & { name: string })[];
}

/** Paths known to be those of the input; undefined for values that are computed. */
type Path = readonly string[] | undefined;

/** Follows contexts and variables through the tree. `variables` are those bound from outside. */
export function references(ast: Node, tokens: Tokens, variables: readonly string[] = []): References {
  const walk = new Walk(tokens);
  const outside = new Frame([]);
  for (const name of variables) outside.bind(name, undefined);
  walk.visit(ast, outside);
  walk.visitLambdas();
  return walk.found();
}

/** Variables of a block, lambda or path, and the context: the path of what `$` is. */
class Frame {
  readonly context: Path;
  readonly #parent: Frame | undefined;
  readonly #variables = new Map<string, Path>();

  constructor(context: Path, parent?: Frame) {
    this.context = context;
    this.#parent = parent;
  }

  bind(name: string, path: Path): void {
    this.#variables.set(name, path);
  }

  has(name: string): boolean {
    return this.#variables.has(name) || (this.#parent?.has(name) ?? false);
  }

  lookup(name: string): Path {
    return this.#variables.has(name) ? this.#variables.get(name) : this.#parent?.lookup(name);
  }

  names(): string[] {
    return [...this.#variables.keys(), ...(this.#parent?.names() ?? [])];
  }
}

class Walk {
  readonly #tokens: Tokens;
  readonly #paths = new Map<string, ReadPath>();
  readonly #unbound = new Map<string, Unbound>();
  readonly #builtIns = new Map<string, Span & { name: string }>();
  /** Lambdas run later, so their bodies see all that the blocks around them bind. */
  readonly #lambdas: (() => void)[] = [];

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  found(): References {
    const byStart = (a: Span, b: Span) => a.start - b.start;
    return {
      paths: [...this.#paths.values()].sort(byStart),
      unbound: [...this.#unbound.values()].sort(byStart),
      builtIns: [...this.#builtIns.values()].sort(byStart),
    };
  }

  visitLambdas(): void {
    for (let next = this.#lambdas.shift(); next; next = this.#lambdas.shift()) next();
  }

  /** Gives the path that the node stands for, where it is one. */
  visit(node: Node, frame: Frame): Path {
    const path = this.#visitOperand(node, frame);
    this.#visitStages(node.predicate, path, frame);
    if (node.group && node.type !== 'path') this.#visitPairs(node.group.lhs, new Frame(path, frame));
    return path;
  }

  #visitOperand(node: Node, frame: Frame): Path {
    switch (node.type) {
      case 'path':
        return this.#visitPath(node, frame);
      case 'name':
        return this.#visitPath({ type: 'path', steps: [node] }, frame);
      case 'variable':
        return this.#visitVariable(node, frame, false);
      case 'block': {
        const block = new Frame(frame.context, frame);
        let path: Path;
        for (const expression of node.expressions) path = this.visit(expression, block);
        return path;
      }
      case 'bind': {
        const path = this.visit(node.rhs, frame);
        frame.bind(node.lhs.value, path);
        return path;
      }
      case 'lambda':
        this.#visitLambda(node, frame);
        return undefined;
      case 'function':
      case 'partial':
        this.#visitCall(node, frame);
        return undefined;
      case 'apply':
        this.visit(node.lhs, frame);
        if (node.rhs.type === 'variable') this.#visitVariable(node.rhs, frame, true);
        else this.visit(node.rhs, frame);
        return undefined;
      case 'condition':
        this.#visitCondition(node, frame);
        return undefined;
      default:
        this.#visitRest(node, frame);
        return undefined;
    }
  }

  #visitRest(node: Node, frame: Frame): void {
    if (isObject(node)) this.#visitPairs(node.lhs, frame);
    else if (isArray(node)) for (const item of node.expressions) this.visit(item, frame);
    else if (node.type === 'unary' && node.value === '-') this.visit(node.expression, frame);
    else if (node.type === 'binary') {
      this.visit(node.lhs, frame);
      this.visit(node.rhs, frame);
    } else if (node.type === 'transform') {
      // It is a function: its pattern and update see what it will be applied to.
      const unknown = new Frame(undefined, frame);
      for (const part of [node.pattern, node.update, node.delete]) if (part) this.visit(part, unknown);
    }
  }

  #visitPath(node: PathNode, outer: Frame): Path {
    const frame = new Frame(outer.context, outer);
    let current: Path = outer.context;
    let read: ReadPath | undefined;
    for (const step of node.steps) {
      const before = current;
      if (step.type === 'name') {
        const span = this.#nameSpan(step);
        read = current && {
          steps: [...current, step.value],
          start: read?.start ?? span.start,
          end: span.end,
          fromRoot: read?.fromRoot ?? current.length === 0,
        };
        current = read?.steps;
      } else if (step.type === 'sort') {
        for (const term of step.terms) this.visit(term.expression, new Frame(current, frame));
      } else {
        this.#addPath(read);
        read = undefined;
        current = this.visit({ ...step, stages: [] }, new Frame(current, frame));
        if (step.type === 'variable' && current && current.length > 0) {
          read = { steps: current, ...spanOf(step, this.#tokens), fromRoot: false };
        }
      }
      if (step.index !== undefined) frame.bind(step.index, undefined);
      if (step.focus !== undefined) {
        // The step's result goes to the variable, and the context stays what it was.
        frame.bind(step.focus, current);
        this.#addPath(read);
        read = undefined;
        current = before;
      }
      this.#visitStages(step.stages, current, frame);
    }
    this.#addPath(read);
    if (node.group) this.#visitPairs(node.group.lhs, new Frame(current, frame));
    return current;
  }

  /** A name is one token, and what filters it is not part of its path. */
  #nameSpan(step: NameNode): Span {
    const index = this.#tokens.endingAt(step.position);
    const token = index === undefined ? undefined : this.#tokens.list[index];
    return token ?? spanOf({ ...step, stages: [] }, this.#tokens);
  }

  #visitStages(stages: readonly Stage[] | undefined, context: Path, frame: Frame): void {
    for (const stage of stages ?? []) {
      if (stage.type === 'filter') this.visit(stage.expr, new Frame(context, frame));
      else frame.bind(stage.value, undefined);
    }
  }

  #visitPairs(pairs: readonly [Node, Node][], frame: Frame): void {
    for (const [key, value] of pairs) {
      this.visit(key, frame);
      this.visit(value, frame);
    }
  }

  #visitVariable(node: Node & { type: 'variable' }, frame: Frame, called: boolean): Path {
    if (node.value === '') return frame.context;
    if (node.value === '$') return [];
    if (frame.has(node.value)) return frame.lookup(node.value);
    const span = spanOf({ type: 'variable', value: node.value, position: node.position ?? -1 }, this.#tokens);
    const found = { name: node.value, ...span };
    if (BUILT_IN_FUNCTIONS.has(node.value)) this.#builtIns.set(keyOf(span), found);
    else this.#addUnbound({ ...found, name: `$${node.value}`, called }, frame);
    return undefined;
  }

  #visitLambda(node: Node & { type: 'lambda' }, frame: Frame): void {
    this.#lambdas.push(() => {
      const body = new Frame(frame.context, frame);
      for (const parameter of node.arguments) body.bind(parameter.value, undefined);
      this.visit(unwrapThunk(node.body), body);
    });
  }

  #visitCall(node: CallNode, frame: Frame): void {
    const { procedure } = node;
    const [name, ...more] = procedure.type === 'path' ? procedure.steps : [];
    if (procedure.type === 'variable') this.#visitVariable(procedure, frame, true);
    else if (name?.type === 'name' && more.length === 0) {
      this.#addUnbound({ name: name.value, called: true, ...spanOf(name, this.#tokens) }, frame);
    } else this.visit(procedure, frame);
    for (const argument of node.arguments) if (argument.type !== 'operator') this.visit(argument, frame);
  }

  #visitCondition(node: ConditionNode, frame: Frame): void {
    // The parser writes `a ?? b` as `$exists(a) ? a : b`, with a call that has no position.
    if (node.condition.type !== 'function' || node.condition.position !== undefined) {
      this.visit(node.condition, frame);
    }
    this.visit(unwrapThunk(node.then), frame);
    if (node.else) this.visit(unwrapThunk(node.else), frame);
  }

  #addPath(read: ReadPath | undefined): void {
    if (read) this.#paths.set(`${keyOf(read)} ${read.steps.join('.')}`, read);
  }

  #addUnbound(found: Omit<Unbound, 'visible'>, frame: Frame): void {
    this.#unbound.set(keyOf(found), { ...found, visible: frame.names() });
  }
}

function keyOf(span: Span): string {
  return `${span.start}-${span.end}`;
}
