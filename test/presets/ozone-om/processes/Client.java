// A client of the ring: creates volumes and buckets one after the other and prints the name of each that was
// acknowledged; `keep` does so with one client that is never opened again; `check` reads names from standard input and prints those that are not there.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.hadoop.hdds.conf.OzoneConfiguration;
import org.apache.hadoop.ozone.client.ObjectStore;
import org.apache.hadoop.ozone.client.OzoneClient;
import org.apache.hadoop.ozone.client.OzoneClientFactory;

public final class Client {
  /** A user has no more than 1,024 volumes. */
  private static final int BUCKETS_IN_A_VOLUME = 20;

  public static void main(String[] args) throws Exception {
    OzoneConfiguration conf = new OzoneConfiguration();
    if (args[0].equals("check")) {
      try (OzoneClient client = OzoneClientFactory.getRpcClient(args[1], conf)) {
        check(client.getObjectStore());
      }
    } else if (args[0].equals("keep")) {
      try (OzoneClient client = OzoneClientFactory.getRpcClient(args[1], conf)) {
        keep(client.getObjectStore(), args[2]);
      }
    } else {
      for (int n = 0; ; ) n = write(args[1], conf, n);
    }
    System.exit(0);
  }

  /**
   * Writes until something fails: a client looks up the members' names once, so that one that has joined since is found
   * by a new client only.
   */
  private static int write(String service, OzoneConfiguration conf, int first) throws Exception {
    int n = first;
    try (OzoneClient client = OzoneClientFactory.getRpcClient(service, conf)) {
      ObjectStore store = client.getObjectStore();
      for (; ; n++) {
        String name = "vol" + n;
        store.createVolume(name);
        System.out.println("ACK " + name);
        for (int m = 0; m < BUCKETS_IN_A_VOLUME; m++) {
          Thread.sleep(100);
          String bucket = "bucket" + m;
          store.getVolume(name).createBucket(bucket);
          System.out.println("ACK " + name + "/" + bucket);
        }
      }
    } catch (Exception e) {
      System.out.println("FAILED vol" + n + " " + e);
      Thread.sleep(200);
    }
    return n + 1;
  }

  private static void keep(ObjectStore store, String prefix) throws Exception {
    for (int n = 0; ; n++) {
      String name = prefix + n;
      try {
        store.createVolume(name);
        System.out.println("ACK " + name);
      } catch (Exception e) {
        System.out.println("FAILED " + name + " " + e);
      }
      Thread.sleep(500);
    }
  }

  private static void check(ObjectStore store) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String name = in.readLine(); name != null; name = in.readLine()) {
      String[] parts = name.split("/");
      try {
        if (parts.length == 1) {
          store.getVolume(name);
        } else {
          store.getVolume(parts[0]).getBucket(parts[1]);
        }
        System.out.println("THERE " + name);
      } catch (Exception e) {
        System.out.println("MISSING " + name + " " + e);
      }
    }
  }
}
