/**
 * The framed log stream of the Engine API: `{type, 0, 0, 0, length as 4 bytes big endian}` and the payload (Engine API,
 * "Attach to a container"; moby: pkg/stdcopy). Our own decoder, because docker-modem's refuses type 3, recurses per
 * frame and copies the rest per frame.
 */
import { BundleError } from '../errors.ts';
import type { LogFrame } from './port.ts';

const HEADER = 8;
/** Longest piece given at once, in bytes: a frame may claim up to 4 GiB. */
const MAX_PIECE = 1024 * 1024;
/** 0 is stdin, which the engine's own reader writes to stdout; 3 is the engine speaking. */
const STREAMS = ['stdout', 'stdout', 'stderr', 'system'] as const;

function readHeader(header: Buffer): { stream: LogFrame['stream']; length: number } {
  const stream = STREAMS[header.readUInt8(0)];
  if (stream === undefined || header.readUIntBE(1, 3) !== 0) {
    throw new BundleError('engine-error', 'the log stream is not framed as a Docker engine frames it', {
      hints: ['a service with a terminal (tty) writes unframed logs'],
    });
  }
  return { stream, length: header.readUInt32BE(4) };
}

/**
 * Frames out of chunks that may be cut anywhere. A frame longer than `maxPiece` bytes comes in pieces; empty frames are
 * passed over. Memory stays below one piece beside the chunk in hand.
 * @throws BundleError `engine-error` for a header that is none, or if the stream ends inside a frame
 */
export async function* decodeFrames(
  chunks: AsyncIterable<Buffer>,
  maxPiece = MAX_PIECE,
): AsyncGenerator<LogFrame, void, undefined> {
  const header = Buffer.alloc(HEADER);
  let headerFill = 0;
  let stream: LogFrame['stream'] = 'stdout';
  /** Bytes of the current frame that have not been read yet. */
  let remaining = 0;
  /** A piece cut by chunk ends is put together here. */
  let piece: Buffer | undefined;
  let pieceFill = 0;

  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (remaining === 0) {
        const taken = chunk.copy(header, headerFill, at, Math.min(chunk.length, at + HEADER - headerFill));
        headerFill += taken;
        at += taken;
        if (headerFill < HEADER) break;
        headerFill = 0;
        ({ stream, length: remaining } = readHeader(header));
        continue;
      }
      const wanted = piece === undefined ? Math.min(remaining, maxPiece) : piece.length - pieceFill;
      const taken = Math.min(wanted, chunk.length - at);
      const part = chunk.subarray(at, at + taken);
      at += taken;
      remaining -= taken;
      if (piece === undefined && taken === wanted) {
        yield { stream, data: part };
        continue;
      }
      piece ??= Buffer.allocUnsafe(wanted);
      pieceFill += part.copy(piece, pieceFill);
      if (pieceFill === piece.length) {
        const data = piece;
        piece = undefined;
        pieceFill = 0;
        yield { stream, data };
      }
    }
  }

  if (piece !== undefined) yield { stream, data: piece.subarray(0, pieceFill) };
  if (remaining > 0 || headerFill > 0)
    throw new BundleError('engine-error', 'the log stream ended in the middle of a frame');
}
