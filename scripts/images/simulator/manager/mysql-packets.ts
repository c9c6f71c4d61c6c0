/** MySQL's packets over a socket: three bytes of length, one of sequence, the content. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const TIMEOUT_MS = 5000;

export class MysqlConnection {
  private socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private failure: Error | undefined;
  private wake: () => void = () => undefined;
  private sequence = 0;
  private readonly deadline: NodeJS.Timeout;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.deadline = setTimeout(() => this.fail(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    this.listen();
  }

  static open(host: string, port: number): Promise<MysqlConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no connection within ${TIMEOUT_MS} ms`)));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.off('error', reject);
        resolve(new MysqlConnection(socket));
      });
    });
  }

  /** The next packet's content. @throws Error when the connection ends first. */
  async read(): Promise<Buffer> {
    for (;;) {
      const length = this.received.length < 4 ? Infinity : this.received.readUIntLE(0, 3);
      if (this.received.length >= 4 + length) {
        this.sequence = (this.received.readUInt8(3) + 1) & 0xff;
        const content = this.received.subarray(4, 4 + length);
        this.received = this.received.subarray(4 + length);
        return content;
      }
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  write(content: Buffer): void {
    const header = Buffer.alloc(4);
    header.writeUIntLE(content.length, 0, 3);
    header.writeUInt8(this.sequence++ & 0xff, 3);
    this.socket.write(Buffer.concat([header, content]));
  }

  /** Begins a new exchange. */
  command(code: number, text: string): void {
    this.sequence = 0;
    this.write(Buffer.concat([Buffer.from([code]), Buffer.from(text)]));
  }

  /**
   * Goes on over TLS. The server's certificate is its own, self-made one: not checked, as in the drivers' mode
   * PREFERRED.
   */
  async encrypt(): Promise<void> {
    this.socket.removeAllListeners('data').removeAllListeners('error').removeAllListeners('close');
    const socket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      // The deadline destroys the socket underneath, of which a TLS socket tells nothing while it shakes hands.
      this.wake = () => reject(this.failure ?? new Error('the server closed the connection'));
      socket.once('secureConnect', () => resolve()).once('error', reject);
    });
    this.wake = () => undefined;
    this.socket = socket;
    this.listen();
  }

  end(): void {
    clearTimeout(this.deadline);
    this.socket.end();
  }

  private listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.socket.destroy();
    this.wake();
  }
}

/** An error packet: code and text. */
export function serverError(packet: Buffer): { code: number; text: string } {
  // '#' and a five-character SQL state come between code and text, save in the very first packet.
  const start = packet[3] === 0x23 ? 9 : 3;
  const code = packet.readUInt16LE(1);
  return { code, text: `MySQL error ${code}: ${packet.toString('utf8', start)}` };
}
