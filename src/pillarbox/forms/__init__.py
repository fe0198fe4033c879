"""The toolkit: forms that a web site signs and hands out. No server, no network.

post_form         PostForm: what a visitor may upload; sign_v1, sign_v4
signed_form       SignedForm: the fields in order, JSON for a front end
page              the HTML page
s3_form           a PostForm said in the dialect of S3; sign_s3_v2, sign_s3_v4
presigned_post    what boto3's generate_presigned_post makes
policy_signature  the fields that sign a policy of one's own
post_policy       the conditions that a form's policy consists of
doubts            what is accepted although it is hardly meant, as warnings
endpoint, success, object_fields   the parts of a form: where to, what next, what is stored
fields            what each field means to the store; server and toolkit share it
submitted_object  the object that a submitted form asks for
presented_form, judgement, explanation   what a store would answer to a form, and why
"""

from pillarbox.callback.document import Callback
from pillarbox.forms.doubts import DoubtfulForm
from pillarbox.forms.policy_signature import sign_policy_v1, sign_policy_v4, v4_scope_fields
from pillarbox.forms.post_form import PostForm
from pillarbox.forms.presigned_post import presign_post
from pillarbox.forms.s3_form import sign_s3_v2, sign_s3_v4
from pillarbox.forms.signed_form import Credentials, SignedForm
from pillarbox.model.acl import ObjectAcl

__all__ = [
    "Callback",
    "Credentials",
    "DoubtfulForm",
    "ObjectAcl",
    "PostForm",
    "SignedForm",
    "presign_post",
    "sign_policy_v1",
    "sign_policy_v4",
    "sign_s3_v2",
    "sign_s3_v4",
    "v4_scope_fields",
]
