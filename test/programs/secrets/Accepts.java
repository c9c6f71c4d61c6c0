import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * For each NAME: whether Java, told to trust NAME.crt alone, accepts a server that sends the certificates NAME.leaf. With
 * the property `clients`, a client that does.
 */
public class Accepts {
  public static void main(String[] names) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (String name : names) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      try (FileInputStream in = new FileInputStream(name + ".crt")) {
        int i = 0;
        for (var each : factory.generateCertificates(in)) trusted.setCertificateEntry("c" + i++, each);
      }
      TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
      managers.init(trusted);
      X509Certificate[] chain;
      try (FileInputStream in = new FileInputStream(name + ".leaf")) {
        chain = factory.generateCertificates(in).toArray(new X509Certificate[0]);
      }
      var manager = (X509TrustManager) managers.getTrustManagers()[0];
      boolean accepted = true;
      try {
        if (Boolean.getBoolean("clients")) manager.checkClientTrusted(chain, "RSA");
        else manager.checkServerTrusted(chain, "ECDHE_RSA");
      } catch (CertificateException refused) {
        accepted = false;
      }
      System.out.println(name + " " + accepted);
    }
  }
}
