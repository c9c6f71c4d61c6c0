import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * For each NAME of the arguments: a server with the key store NAME.p12 is dialled as HOST (the first argument) by a
 * client that trusts trust.p12 alone. Prints NAME and whom the client was shown.
 */
public class Stores {
  private static final int MS = 60_000;

  private static char[] password(String name) throws Exception {
    return Files.readString(Path.of(name + ".pass")).toCharArray();
  }

  private static KeyStore load(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(name + ".p12")) {
      store.load(in, password(name));
    }
    return store;
  }

  private static SSLContext context(KeyManagerFactory keys, TrustManagerFactory trust) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys == null ? null : keys.getKeyManagers(), trust == null ? null : trust.getTrustManagers(), null);
    return context;
  }

  public static void main(String[] arguments) throws Exception {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(load("trust"));
    SSLContext client = context(null, trust);
    for (int i = 1; i < arguments.length; i++) {
      String name = arguments[i];
      KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(load(name), password(name));
      InetAddress here = InetAddress.getLoopbackAddress();
      try (SSLServerSocket listener =
          (SSLServerSocket) context(keys, null).getServerSocketFactory().createServerSocket(0, 1, here)) {
        listener.setSoTimeout(MS);
        Thread server = new Thread(() -> serve(listener));
        server.start();
        Socket plain = new Socket(here, listener.getLocalPort());
        plain.setSoTimeout(MS);
        try (SSLSocket socket =
            (SSLSocket) client.getSocketFactory().createSocket(plain, arguments[0], listener.getLocalPort(), true)) {
          SSLParameters parameters = socket.getSSLParameters();
          parameters.setEndpointIdentificationAlgorithm("HTTPS");
          socket.setSSLParameters(parameters);
          socket.startHandshake();
          System.out.println(name + " " + socket.getSession().getPeerPrincipal() + " " + (char) socket.getInputStream().read());
        }
        server.join();
      }
    }
  }

  private static void serve(SSLServerSocket listener) {
    try (SSLSocket socket = (SSLSocket) listener.accept()) {
      socket.getOutputStream().write('!');
    } catch (Exception failed) {
      System.err.println(failed);
    }
  }
}
