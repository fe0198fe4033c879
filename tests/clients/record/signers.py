"""Has other programs sign the policies of our forms, and keeps what they made of them.

    python -m tests.clients.record.signers    # writes ../recorded/signatures.json

ali-oss gets each policy as an object and writes, encodes and signs it by itself, V1 and V4.
OpenSSL signs the texts that no JSON writer would write: those of the C# SDK, which has `\\$` raw,
and of the documentation's sample program.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

from pillarbox.callback.document import Callback
from pillarbox.callback.template import JSON_BODY
from pillarbox.forms import Credentials, DoubtfulForm, PostForm, SignedForm
from tests.clients.record.command_line import PROGRAMS, npm_version
from tests.clients.record.forms import BUCKET, CREDENTIALS, REGION, V4_DATE
from tests.signing import vectors

SIGNATURES = Path(__file__).parent.parent / "recorded" / "signatures.json"

_SITE: dict[str, Any] = {"endpoint": "https://oss-cn-hangzhou.aliyuncs.com", "bucket": BUCKET}

CALLBACKS = {
    "form": Callback(
        url="http://127.0.0.1:9000/cb?é=1", body="key=${object}&v=${x:v}", variables={"v": "ü"}
    ),
    "json": Callback(
        url="https://a.example/;https://b.example/",
        body='{"key":${object},"size":${size}}',
        body_type=JSON_BODY,
        host="site.example",
        sni=True,
    ),
}

#: What the toolkit can say in a form, each at least once.
FORMS: dict[str, PostForm] = {
    "plain": PostForm(**_SITE, key_prefix="user/eric/", max_size=10),
    "careers": PostForm(
        **_SITE,
        key_prefix="2030/4711/",
        expires=timedelta(minutes=10),
        min_size=1,
        max_size=10 * 1024 * 1024,
        content_types=("application/pdf", "application/msword", "text/plain"),
        success_status=201,
    ),
    "difficult-texts": PostForm(
        **_SITE,
        key="用户/é \u2028\x7f\\\"'<&>😀/\\${filename}$.txt",
        content_types=("image/*",),
        success_redirect="https://example.com/done?a=$b&c=%20\"'",
        metadata={"Note": "Grüße, 世界\\"},
        headers={"content-disposition": 'attachment; filename="é.txt"'},
    ),
    "everything": PostForm(
        **_SITE,
        key="a/b.png",
        max_size=5,
        content_types=("image/png",),
        acl="private",
        success_status=204,
        headers={"Cache-Control": "max-age=30", "Expires": "Thu, 01 Jan 2032 00:00:00 GMT"},
        forbid_overwrite=True,
        storage_class="IA",
        tags={"team a": "b/c"},
        callback=CALLBACKS["form"],
        conditions=[["not-in", "$content-encoding", ["gzip"]], {"x-oss-object-acl": "private"}],
    ),
}

#: Vectors of `tests.signing.vectors`, as JSON texts: V1, and V4 of 2030-01-01.
V1_VECTORS = {"P1": vectors.P1_POLICY, "P2": vectors.P2_POLICY}
V4_VECTORS = {"P4": vectors.P4_POLICY, "P5": vectors.P5_POLICY}

#: Texts as others write them, with the credentials that sign them.
TEXTS = {
    "documentation-sample": (
        '{"expiration":"2115-01-27T10:56:19Z","conditions":'
        '[["content-length-range", 0, 104857600]]}',
        Credentials("tphpxp", "ZQNJzf4QJRkrH4"),
    ),
    "csharp-sample": (
        r'{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"example-bucket"},'
        r'["eq","$key","user/eric/\${filename}"],["starts-with","$key","user/eric"],'
        r'["starts-with","$x-oss-meta-tag","dummy_etag"],["content-length-range",1,1024]]}',
        CREDENTIALS,
    ),
}


def policies_v1() -> dict[str, str]:
    """The policies to be signed by V1, as texts."""
    return V1_VECTORS | {name: signed_v1(form).policy for name, form in FORMS.items()}


def policies_v4() -> dict[str, str]:
    """The policies to be signed by V4, as texts."""
    return V4_VECTORS | {name: signed_v4(form).policy for name, form in FORMS.items()}


def sign_with_ali_oss() -> dict[str, Any]:
    """What ali-oss makes of the policies and callbacks."""
    task = {
        "accessKeyId": CREDENTIALS.access_key_id,
        "accessKeySecret": CREDENTIALS.access_key_secret,
        "region": REGION,
        "date": V4_DATE.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "v1": {name: json.loads(text) for name, text in policies_v1().items()},
        "v4": {name: json.loads(text) for name, text in policies_v4().items()},
        "callbacks": {
            name: {
                "url": one.url,
                "body": one.body,
                "host": one.host,
                "contentType": one.body_type,
                "callbackSNI": one.sni,
            }
            for name, one in CALLBACKS.items()
        },
    }
    command = ["node", str(PROGRAMS / "sign_policies.js"), json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def sign_with_openssl(text: str, secret: str) -> dict[str, str]:
    """The policy field of a text and its V1 signature."""
    field = base64.b64encode(text.encode())
    command = ["openssl", "dgst", "-sha1", "-hmac", secret, "-binary"]
    digest = subprocess.run(command, input=field, capture_output=True, timeout=60, check=True)
    return {"policy": field.decode(), "Signature": base64.b64encode(digest.stdout).decode()}


def main() -> int:
    recorded = {
        "ali-oss": {"version": npm_version("ali-oss")(), **sign_with_ali_oss()},
        "openssl": {
            name: sign_with_openssl(text, credentials.access_key_secret)
            for name, (text, credentials) in TEXTS.items()
        },
    }
    SIGNATURES.write_text(json.dumps(recorded, indent=2) + "\n", "utf-8")
    return 0


def signed_v1(form: PostForm) -> SignedForm:
    """A form signed by V1, its doubts left aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtfulForm)
        return form.sign_v1(CREDENTIALS, now=V4_DATE)


def signed_v4(form: PostForm) -> SignedForm:
    """A form signed by V4, its doubts left aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtfulForm)
        return form.sign_v4(CREDENTIALS, REGION, now=V4_DATE)


if __name__ == "__main__":
    sys.exit(main())
