/** What variables of a mapping are bound to, as nodes of its tree: for following values without running them. */
import { type BlockNode, type LambdaNode, type Node, unwrapThunk } from './ast.ts';

/** A node with the scope that it is to be read in. */
export interface Closure {
  node: Node;
  scope: Scope;
}

/** A bound variable: a node, or values known only by the paths that feed them. */
export type Bound = Closure | { paths: readonly string[][] };

/** Bindings never change: a new binding is a new scope, so a variable bound again shadows the one before. */
export class Scope {
  /** Path of the context (`$`) from the root; undefined where it is computed. */
  readonly context: readonly string[] | undefined;
  readonly #parent: Scope | undefined;
  readonly #name: string | undefined;
  readonly #bound: Bound | undefined;

  constructor(context?: readonly string[], parent?: Scope, name?: string, bound?: Bound) {
    this.context = context;
    this.#parent = parent;
    this.#name = name;
    this.#bound = bound;
  }

  lookup(name: string): Bound | undefined {
    return this.#name === name ? this.#bound : this.#parent?.lookup(name);
  }

  bind(name: string, bound: Bound): Scope {
    return new Scope(this.context, this, name, bound);
  }

  in(context: readonly string[] | undefined): Scope {
    return new Scope(context, this);
  }
}

/** The root of a mapping: no variables, the context is the input. */
export const ROOT: Scope = new Scope([]);

/** What a block gives: its last expression, in the scope of what it binds before; undefined for `()`. */
export function blockResult(block: BlockNode, outer: Scope): Closure | undefined {
  let scope = outer;
  let result: Closure | undefined;
  for (const expression of block.expressions) {
    result = { node: unwrapThunk(expression), scope };
    const names: string[] = [];
    let value: Node = expression;
    for (; value.type === 'bind'; value = value.rhs) names.push(value.lhs.value);
    for (const name of names) scope = scope.bind(name, { node: value, scope });
  }
  return result;
}

/** The node behind variables: `$a` bound to `$b` bound to a literal gives the literal. */
export function resolve(node: Node, scope: Scope): Closure | undefined {
  if (node.type !== 'variable' || node.predicate || node.value === '' || node.value === '$')
    return { node, scope };
  const bound = scope.lookup(node.value);
  return bound && 'node' in bound ? resolve(bound.node, bound.scope) : undefined;
}

/** A call as a function and its arguments; `x ~> $f(y)` is `$f(x, y)`. Undefined for nodes that call nothing. */
export function callOf(node: Node): { procedure: Node; args: Node[] } | undefined {
  if (node.type === 'function') return { procedure: node.procedure, args: node.arguments };
  if (node.type !== 'apply') return undefined;
  const { lhs, rhs } = node;
  if (rhs.type === 'function') return { procedure: rhs.procedure, args: [lhs, ...rhs.arguments] };
  return { procedure: rhs, args: [lhs] };
}

/** The body of a lambda that is written in the mapping, with its parameters bound. */
export function enter(lambda: LambdaNode, definedIn: Scope, args: readonly Bound[]): Closure {
  let scope = definedIn;
  for (const [index, parameter] of lambda.arguments.entries()) {
    scope = scope.bind(parameter.value, args[index] ?? { paths: [] });
  }
  return { node: unwrapThunk(lambda.body), scope };
}

/** What a call of a locally bound function gives: its body with the arguments bound. */
export function calledBody(node: Node, scope: Scope): Closure | undefined {
  const call = callOf(node);
  const procedure = call && resolve(call.procedure, scope);
  if (!call || procedure?.node.type !== 'lambda') return undefined;
  const args = call.args.map((arg) => resolve(arg, scope) ?? { node: arg, scope });
  return enter(procedure.node, procedure.scope, args);
}

/** The name of a built-in function that a node calls. */
export function builtInName(procedure: Node, scope: Scope): string | undefined {
  return procedure.type === 'variable' && !scope.lookup(procedure.value) ? procedure.value : undefined;
}
