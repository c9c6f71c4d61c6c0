/** The whole of a reading: a login and a few short questions. */
const LIMIT_MS = 10_000;

/**
 * What `work` gives, if it does so in time. @throws Error `no answer in 10 s` @param close ends the connection, in
 * every case
 */
export async function withDeadline<T>(work: Promise<T>, close: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    close();
    // What the closed connection still says of itself is no news.
    work.catch(() => undefined);
  }
}
