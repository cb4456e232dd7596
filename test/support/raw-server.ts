/** A TCP server on loopback that answers with exactly the given bytes: for answers that no HTTP server would send. */
import { createServer, type Socket } from 'node:net';

export interface RawServer {
  origin: string;
  /** Everything that clients sent, in order of arrival. */
  received(): string;
  connectionCount(): number;
  close(): Promise<void>;
}

/** @param answer called with each request's head; ends or resets the socket itself if it wants that */
export async function startRawServer(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
  let received = '';
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const server = createServer((socket) => {
    connectionCount++;
    sockets.add(socket);
    socket.on('error', () => {});
    let head = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const complete = head;
      head = '';
      answer(socket, complete);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    received: () => received,
    connectionCount: () => connectionCount,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
