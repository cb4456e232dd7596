/** `tributary table CONNECTOR STREAM`: the field table, from the mapping's syntax tree. */
import { eventAttributes } from '../../compile/event-attributes.ts';
import { loadConnector } from '../../compile/load.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { type FieldRow, fieldTable } from '../../map/field-table.ts';
import { mappingOf } from '../../run/mapping-of.ts';
import { EXIT } from '../exit-codes.ts';
import { print } from '../terminal.ts';

export default async function tableCommand(
  name: string,
  streamName: string,
  options: { as?: string; format: string; json?: boolean },
): Promise<number> {
  const connector = await loadConnector(name);
  const stream = streamNamed(connector, streamName);
  const { mapping } = mappingOf(stream, options.as);
  const attributes = eventAttributes(stream.eventClasses);
  const rows = fieldTable(mapping, {
    records: [stream.recordName, ...stream.joins.map((join) => join.name)],
    ...(attributes && { lookup: attributes.lookup }),
  });
  await print(options.json || options.format === 'json' ? JSON.stringify(rows, null, 2) : markdown(rows));
  return EXIT.ok;
}

function markdown(rows: readonly FieldRow[]): string {
  const cells = rows.map(({ source, path, description, type, logic }) => [
    source,
    `\`${path}\``,
    description,
    type,
    `\`${logic}\``,
  ]);
  const lines = [
    ['Source', 'OCSF path', 'Description', 'Type', 'Logic'],
    ['---', '---', '---', '---', '---'],
    ...cells,
  ];
  return lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}
