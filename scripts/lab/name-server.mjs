// The lab's name server: no name exists, and the answer comes at once. Arguments: ADDRESS. Runs in the switch.
// Without it a container's look-up of an unknown name, and each failed pull, waits 5 to 10 s for a time-out.
// Plain JavaScript, because it is started by node alone, with no loader to wait for.
import { createSocket } from 'node:dgram';

const [address] = process.argv.slice(2);
const socket = createSocket('udp4');

socket.on('message', (query, from) => {
  // RFC 1035 4.1.1: 12 bytes of header, then one question, ended by a zero label, type and class.
  if (query.length < 17) return;
  let end = 12;
  while (end < query.length && query[end] !== 0) end += query[end] + 1;
  if (end + 5 > query.length) return;
  const answer = Buffer.from(query.subarray(0, end + 5));
  answer[2] = 0x80 | (answer[2] & 0x01); // a response, "recursion desired" as asked
  answer[3] = 0x83; // recursion available, NXDOMAIN
  answer.writeUInt16BE(1, 4); // the question again,
  answer.fill(0, 6, 12); // and no record
  socket.send(answer, from.port, from.address);
});

socket.bind(53, address);
