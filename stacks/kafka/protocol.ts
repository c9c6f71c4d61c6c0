/*
 * Messages of Kafka's protocol as hex, of versions with fields of fixed places (kafka.apache.org/protocol, "Protocol
 * Primitive Types" and the messages by name). They were asked of 4.4.0.
 */

const int16 = (value: number): string => (value & 0xffff).toString(16).padStart(4, '0');
const int32 = (value: number): string => value.toString(16).padStart(8, '0');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const text = (value: string): string => int16(value.length) + hex(value);
const bytes = (value: string): string => int32(value.length) + hex(value);

/** Length, header of version 1 without a client id, body. */
function request(key: number, version: number, correlation: number, body = ''): string {
  const message = int16(key) + int16(version) + int32(correlation) + int16(-1) + body;
  return int32(message.length / 2) + message;
}

const ANY_LENGTH = '........';
const NO_ERROR = int16(0);
const SASL_AUTHENTICATION_FAILED = int16(58);

/**
 * ApiVersions, version 0: every listener answers it before a login, and no line is logged. The answer: the same
 * correlation id, no error.
 */
export const apiVersions = { send: request(18, 0, 1), answer: ANY_LENGTH + int32(1) + NO_ERROR };

/**
 * A login that nobody has: SaslHandshake, version 1, and SaslAuthenticate, version 0, in one go. The answer: this
 * mechanism and no other, then the refusal; the broker logs it. @param said the mechanism's first message
 */
export function refusedLogin(mechanism: string, said: string): { send: string; answer: string } {
  return {
    send: request(17, 1, 2, text(mechanism)) + request(36, 0, 3, bytes(said)),
    answer:
      ANY_LENGTH +
      int32(2) +
      NO_ERROR +
      int32(1) +
      text(mechanism) +
      ANY_LENGTH +
      int32(3) +
      SASL_AUTHENTICATION_FAILED,
  };
}
