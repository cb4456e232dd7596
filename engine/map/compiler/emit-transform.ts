/** Transforms as JavaScript. */
import type { TransformNode } from '../ast.ts';
import { readVariable } from './emit-frames.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import { FUNCTION, type Value } from './value.ts';

export function emitTransform(emitter: Emitter, node: TransformNode, context: Context): Value {
  const pattern = emitter.part(node.pattern, context);
  const update = emitter.part(node.update, context);
  const remove = node.delete && emitter.part(node.delete, context);
  const clone = emitter.aside(() => {
    emitter.line(`return ${readVariable(emitter, 'clone', context).js};`);
  });
  const name = emitter.name('t');
  emitter.line(
    () =>
      `const ${name} = transform(run, { pattern: ${pattern()}, update: ${update()},${
        remove ? ` delete: ${remove()},` : ''
      } clone: () => {\n${clone()}\n}, position: ${positionOf(node)}, updatePosition: ${positionOf(node.update)}, deletePosition: ${
        node.delete ? positionOf(node.delete) : 'undefined'
      } }${emitter.frameArgument(context)});`,
  );
  return { js: name, type: FUNCTION };
}
