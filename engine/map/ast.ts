/** The syntax tree of a JSONata text, typed: what the interpreter's parser really builds. */

/** `position` is the offset just after the node's own token; nodes that the parser makes up have none. */
interface Common {
  position?: number;
  /** Filters on an operand that is no path. */
  predicate?: Stage[];
  /** Filters and index variables on a step of a path. */
  stages?: Stage[];
  group?: { lhs: [Node, Node][]; position?: number };
  /** `@$name` and `#$name` on a step. */
  focus?: string;
  index?: string;
  keepArray?: boolean;
}

export type Stage = { type: 'filter'; expr: Node; position: number } | { type: 'index'; value: string };

export interface PathNode extends Common {
  type: 'path';
  steps: Node[];
}
export interface NameNode extends Common {
  type: 'name';
  value: string;
}
export interface LiteralNode extends Common {
  type: 'string' | 'number' | 'value';
  value: string | number | boolean | null;
}
export interface RegexNode extends Common {
  type: 'regex';
  /** An expression; an empty object in the parser's copies for a default. */
  value: unknown;
}
/** Without the `$`: empty for the context, `$` for the root. */
export interface VariableNode extends Common {
  type: 'variable';
  value: string;
}
export interface PlainNode extends Common {
  type: 'wildcard' | 'descendant' | 'parent' | 'operator' | 'error';
}
export type UnaryNode = ArrayNode | ObjectNode | NegationNode;
export interface ArrayNode extends Common {
  type: 'unary';
  value: '[';
  expressions: Node[];
}
export interface ObjectNode extends Common {
  type: 'unary';
  value: '{';
  lhs: [Node, Node][];
}
export interface NegationNode extends Common {
  type: 'unary';
  value: '-';
  expression: Node;
}
export interface BinaryNode extends Common {
  type: 'binary';
  value: string;
  lhs: Node;
  rhs: Node;
}
export interface BindNode extends Common {
  type: 'bind';
  lhs: VariableNode;
  rhs: Node;
}
export interface ApplyNode extends Common {
  type: 'apply';
  lhs: Node;
  rhs: Node;
}
export interface CallNode extends Common {
  type: 'function' | 'partial';
  procedure: Node;
  arguments: Node[];
}
export interface LambdaNode extends Common {
  type: 'lambda';
  arguments: VariableNode[];
  body: Node;
  /** Made up by the parser around a call in tail position. */
  thunk?: boolean;
}
/** Also `a ?: b` and `a ?? b`: there the condition repeats the left side. */
export interface ConditionNode extends Common {
  type: 'condition';
  condition: Node;
  then: Node;
  else?: Node;
}
export interface BlockNode extends Common {
  type: 'block';
  expressions: Node[];
}
export interface TransformNode extends Common {
  type: 'transform';
  pattern: Node;
  update: Node;
  delete?: Node;
}
export interface SortNode extends Common {
  type: 'sort';
  terms: { descending: boolean; expression: Node }[];
}

export type Node =
  | PathNode
  | NameNode
  | LiteralNode
  | RegexNode
  | VariableNode
  | PlainNode
  | UnaryNode
  | BinaryNode
  | BindNode
  | ApplyNode
  | CallNode
  | LambdaNode
  | ConditionNode
  | BlockNode
  | TransformNode
  | SortNode;

/** The nodes right below, in the order of the text; filters and groups after what they apply to. */
export function children(node: Node): readonly Node[] {
  // Most nodes have neither, and the tree of a mapping is walked often.
  if (!node.predicate && !node.stages && !node.group) return operands(node);
  const below = [...operands(node)];
  for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
    if (stage.type === 'filter') below.push(stage.expr);
  }
  for (const pair of node.group?.lhs ?? []) below.push(...pair);
  return below;
}

const NONE: readonly Node[] = [];

function operands(node: Node): readonly Node[] {
  switch (node.type) {
    case 'path':
      return node.steps;
    case 'unary':
      if (node.value === '[') return node.expressions;
      return node.value === '{' ? membersOf(node) : [node.expression];
    case 'binary':
    case 'bind':
    case 'apply':
      return [node.lhs, node.rhs];
    case 'function':
    case 'partial':
      return [node.procedure, ...node.arguments];
    case 'lambda':
      return [...node.arguments, node.body];
    case 'condition':
      return [node.condition, node.then, ...(node.else ? [node.else] : [])];
    case 'block':
      return node.expressions;
    case 'transform':
      return [node.pattern, node.update, ...(node.delete ? [node.delete] : [])];
    case 'sort':
      return node.terms.map((term) => term.expression);
    default:
      return NONE;
  }
}

/** `flat` takes several times as long, and mappings are objects for the most part. */
function membersOf({ lhs }: ObjectNode): Node[] {
  const members: Node[] = [];
  for (const [key, value] of lhs) members.push(key, value);
  return members;
}

/** Visits a node and all below it, from the top. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of children(node)) walk(child, visit);
}

/** The body of a lambda without the call in tail position being wrapped. */
export function unwrapThunk(node: Node): Node {
  return node.type === 'lambda' && node.thunk ? node.body : node;
}

export function isLiteral(node: Node): node is LiteralNode {
  return node.type === 'string' || node.type === 'number' || node.type === 'value';
}

export function isObject(node: Node): node is ObjectNode {
  return node.type === 'unary' && node.value === '{';
}

export function isArray(node: Node): node is ArrayNode {
  return node.type === 'unary' && node.value === '[';
}
