import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** For each NAME: whether Java, told to trust NAME.crt alone, accepts a server with the certificate NAME.leaf. */
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
      X509Certificate leaf;
      try (FileInputStream in = new FileInputStream(name + ".leaf")) {
        leaf = (X509Certificate) factory.generateCertificate(in);
      }
      boolean accepted = true;
      try {
        ((X509TrustManager) managers.getTrustManagers()[0]).checkServerTrusted(new X509Certificate[] {leaf}, "ECDHE_RSA");
      } catch (CertificateException refused) {
        accepted = false;
      }
      System.out.println(name + " " + accepted);
    }
  }
}
