import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * For each argument STORE,HOST,TRUST: a server with the key store STORE.p12 is dialled as HOST by a client that trusts
 * TRUST.p12 alone. Prints whom the client was shown, or why it refused.
 */
public class Stores {
  private static final int MS = 60_000;

  public static void main(String[] cases) throws Exception {
    for (String each : cases) {
      String[] words = each.split(",");
      System.out.println(each + " " + dial(words[0], words[1], words[2]));
    }
  }

  private static String dial(String store, String host, String trusted) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(load(store), password(store));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(load(trusted));
    SSLContext server = SSLContext.getInstance("TLS");
    server.init(keys.getKeyManagers(), null, null);
    SSLContext client = SSLContext.getInstance("TLS");
    client.init(null, trust.getTrustManagers(), null);
    InetAddress here = InetAddress.getLoopbackAddress();
    try (SSLServerSocket listener = (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, here)) {
      listener.setSoTimeout(MS);
      Thread serving = new Thread(() -> serve(listener));
      serving.start();
      int port = listener.getLocalPort();
      Socket plain = new Socket(here, port);
      plain.setSoTimeout(MS);
      try (SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket(plain, host, port, true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket.getSession().getPeerPrincipal() + " " + (char) socket.getInputStream().read();
      } catch (SSLException refused) {
        return "refused: " + refused.getMessage();
      } finally {
        serving.join();
      }
    }
  }

  /** What it is told of a client that refuses is the client's to say. */
  private static void serve(SSLServerSocket listener) {
    try (SSLSocket socket = (SSLSocket) listener.accept()) {
      socket.getOutputStream().write('!');
    } catch (Exception refused) {
      return;
    }
  }

  private static KeyStore load(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(name + ".p12")) {
      store.load(in, password(name));
    }
    return store;
  }

  private static char[] password(String name) throws Exception {
    return Files.readString(Path.of(name + ".pass")).toCharArray();
  }
}
