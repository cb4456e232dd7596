/** The measured figures as a page and a plot. */
import { cpus, loadavg, totalmem } from 'node:os';
import type { Measured } from './rounds.ts';

export interface Table {
  title: string;
  about: string;
  /** What the others are compared with. */
  base: string;
  rows: Record<string, Measured>;
  /** Megabytes by the name of the row. */
  peaks?: ReadonlyMap<string, number>;
}

export function page(tables: readonly Table[], notes: readonly string[], loadBefore: number): string {
  const cores = cpus();
  return [
    '# Performance',
    '',
    'Written by `npm run bench`, which measures everything anew. Times are medians over rounds in which all ways took turns;',
    'in brackets the fastest and the slowest round.',
    '',
    `Machine: ${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${process.platform}.`,
    `Load before the run (one minute): ${loadBefore.toFixed(1)}, at its end ${loadavg()[0]?.toFixed(1)}. Above 0.5 before the run, others were at work too:`,
    'then the ratios say more than the times.',
    '',
    '![records a second](performance.svg)',
    ...tables.flatMap(section),
    '',
    '## Notes',
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

function section({ title, about, base, rows, peaks }: Table): string[] {
  const unit = rows[base]?.median ?? 1;
  const memory = (name: string) => (peaks ? ` ${Math.round(peaks.get(name) ?? 0)} |` : '');
  return [
    '',
    `## ${title}`,
    '',
    about,
    '',
    `| | µs a record | records a second | speed, \`${base}\` = 1 |${peaks ? ' peak MB |' : ''}`,
    `|---|---|---|---|${peaks ? '---|' : ''}`,
    ...Object.entries(rows).map(
      ([name, { median, fastest, slowest }]) =>
        `| ${name} | ${digits(median)} (${digits(fastest)} to ${digits(slowest)}) | ${Math.round(1e6 / median).toLocaleString('en')} | ${digits(unit / median)} |${memory(name)}`,
    ),
  ];
}

function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

const [WIDTH, ROW, LEFT, RIGHT] = [760, 28, 190, 110] as const;

/** Bars of records a second. */
export function plot({ title, rows }: Table): string {
  const speeds = Object.entries(rows).map(([name, { median }]) => ({ name, speed: 1e6 / median }));
  const most = Math.max(...speeds.map(({ speed }) => speed));
  const bars = speeds.flatMap(({ name, speed }, index) => {
    const [y, width] = [40 + index * ROW, (speed / most) * (WIDTH - LEFT - RIGHT)];
    return [
      `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${name}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="20" fill="#3b7dd8"/>`,
      `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 15}">${Math.round(speed).toLocaleString('en')}</text>`,
    ];
  });
  const height = 50 + speeds.length * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="10" y="22" font-weight="bold">${title}: records a second</text>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}
