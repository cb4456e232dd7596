/** The device mapping in SQL, from a file to a file: what a database that reads JSON makes of it. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [, , from = '', to = '', threads = '1', now = '0'] = process.argv;
const database = await DuckDBInstance.create(':memory:');
const connection = await database.connect();
await connection.run(`SET threads = ${Number(threads)}`);
await connection.run(`SET VARIABLE input = '${from}'`);
await connection.run(`SET VARIABLE now = ${Math.floor(Number(now) / 1000)}`);
await connection.run(readFileSync('test/bench/duckdb.sql', 'utf8').replace('OUTPUT', to));
connection.closeSync();
