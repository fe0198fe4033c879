import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * Posts a form in the shape of the documented Java program: one boundary for ever, no line end
 * before the first delimiter, and the header Content-MD5 over the whole body.
 * Arguments: URL, file, then names and values of the fields.
 */
public final class PostObject {
    private static final String BOUNDARY = "9431149156168";

    public static void main(String[] arguments) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 2; i < arguments.length; i += 2) {
            String name = arguments[i];
            write(body, (i == 2 ? "" : "\r\n") + "--" + BOUNDARY + "\r\n"
                + "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n"
                + arguments[i + 1]);
        }
        Path file = Path.of(arguments[1]);
        write(body, "\r\n--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; "
            + "filename=\"" + file.getFileName() + "\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n");
        body.write(Files.readAllBytes(file));
        write(body, "\r\n--" + BOUNDARY + "--\r\n");

        byte[] digest = MessageDigest.getInstance("MD5").digest(body.toByteArray());
        URI action = URI.create(arguments[0]);
        HttpURLConnection connection = (HttpURLConnection) action.toURL().openConnection();
        connection.setDoOutput(true);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-MD5", Base64.getEncoder().encodeToString(digest));
        connection.setRequestProperty(
            "Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body.toByteArray());
        }
        connection.getResponseCode();
    }

    private static void write(ByteArrayOutputStream body, String text) {
        body.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
