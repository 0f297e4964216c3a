"""Candor's settings: one file, read from the environment, strict (docs/operator/settings.md lists every variable).

With nothing set, the platform runs in sandbox mode on embedded engines: SQLite, Celery's filesystem broker, a file cache.
"""

import hashlib
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env
from core import logs
from policy.enforce import enforces

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(env.text("CANDOR_VAR", str(ROOT / "var")))
TESTING = "pytest" in sys.modules

MODE = env.choice("CANDOR_MODE", "sandbox", ("sandbox", "production"))
SANDBOX = MODE == "sandbox"
DEBUG = env.flag("DEBUG", False)

_SANDBOX_SECRET = "sandbox-only-secret-key-that-production-refuses-to-start-with"  # noqa: S105
_SANDBOX_FIELD_KEYS = "k1:c2FuZGJveC1vbmx5LWZpZWxkLWtleS0wMDAwMDAwMDE="
_SANDBOX_INDEX_KEY = "i1:c2FuZGJveC1vbmx5LWluZGV4LWtleS0wMDAwMDAwMDE="
SECRET_KEY = env.text("SECRET_KEY", _SANDBOX_SECRET)
FIELD_KEYS = env.keyring("FIELD_KEYS", _SANDBOX_FIELD_KEYS)
BLIND_INDEX_KEYS = env.keyring("BLIND_INDEX_KEYS", _SANDBOX_INDEX_KEY)

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver" if SANDBOX else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
# The number under which the Ministry of Civil Affairs designated the operator (R2).
DESIGNATION_NUMBER = env.text("DESIGNATION_NUMBER")
OPERATOR_NAME = env.text("OPERATOR_NAME", "Candor (sandbox)")


@enforces("R2")
def _refuse_unsafe_production() -> None:
    sandbox_keys = [*env.keyring("", _SANDBOX_FIELD_KEYS).values(), *env.keyring("", _SANDBOX_INDEX_KEY).values()]
    faults = {
        "SECRET_KEY is the sandbox default.": SECRET_KEY == _SANDBOX_SECRET,
        "SECRET_KEY is shorter than 50 characters.": len(SECRET_KEY) < 50,
        "FIELD_KEYS holds the sandbox default.": any(key in sandbox_keys for key in FIELD_KEYS.values()),
        "BLIND_INDEX_KEYS holds the sandbox default.": any(key in sandbox_keys for key in BLIND_INDEX_KEYS.values()),
        "DEBUG is on.": DEBUG,
        "ALLOWED_HOSTS is empty or allows every host.": not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS,
        "DESIGNATION_NUMBER is missing: only a designated platform may operate (R2).": not DESIGNATION_NUMBER,
        "OPERATOR_NAME is missing.": not env.text("OPERATOR_NAME"),
        "SITE_URL is not https.": not SITE_URL.startswith("https://"),
        "DATABASE_URL is missing: production keeps its books in PostgreSQL.": not env.text("DATABASE_URL"),
        "REDIS_URL is missing: several hosts share limits and wake-ups through Redis.": not env.text("REDIS_URL"),
        "SANDBOX_CHANNEL_URL or SANDBOX_CUSTODIAN_URL is set: no stand-in may take money.": bool(
            env.text("SANDBOX_CHANNEL_URL") or env.text("SANDBOX_CUSTODIAN_URL")
        ),
        "IDENTITY_GATEWAY_URL is not https, or IDENTITY_GATEWAY_SECRET is missing.": env.text("IDENTITY_PROVIDER")
        == "gateway"
        and not (env.text("IDENTITY_GATEWAY_URL").startswith("https://") and env.text("IDENTITY_GATEWAY_SECRET")),
        "SMS_PROVIDER is the sandbox: sign-in codes would be sent to nobody.": env.text("SMS_PROVIDER") != "gateway",
        "SMS_GATEWAY_URL is not https.": not env.text("SMS_GATEWAY_URL").startswith("https://"),
        "SMS_GATEWAY_SECRET is missing.": not env.text("SMS_GATEWAY_SECRET"),
        "WECHAT_PROVIDER is on without WECHAT_APP_ID, WECHAT_SECRET and WECHAT_TEMPLATE_ID.": (
            env.text("WECHAT_PROVIDER") == "template"
            and not all(env.text(f"WECHAT_{part}") for part in ("APP_ID", "SECRET", "TEMPLATE_ID"))
        ),
        "EMAIL_PROVIDER is the sandbox: mail would be sent to nobody.": env.text("EMAIL_PROVIDER") != "smtp",
    }
    found = [fault for fault, present in faults.items() if present]
    if found:
        raise ImproperlyConfigured("Production mode refuses to start: " + " ".join(found))


if not SANDBOX:
    _refuse_unsafe_production()

INSTALLED_APPS = [
    "core",
    "policy",
    "accounts",
    "notices",
    "documents",
    "identity",
    "partners",
    "relations",
    "ledger",
    "payments",
    "audit",
    "blacklist",
    "campaigns",
    "disclosures",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.PatienceMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "core.context.house",
                "notices.context.unread",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
COTTON_DIR = "components"


# --- Engines -----------------------------------------------------------------------------------------------------------
def _database(url: str) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "candor.sqlite3",
            # IMMEDIATE takes the write lock at BEGIN: select_for_update does nothing on SQLite, this is what makes
            # read-modify-write safe there (docs/decisions/0002).
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;",
            },
            "TEST": {"NAME": VAR / f"test-{env.text('CANDOR_TEST_NAME', 'candor')}.sqlite3"},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or 5432,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A forgotten open transaction would hold back snapshots and seals of the ledger.
        "OPTIONS": {"options": "-c idle_in_transaction_session_timeout=30000 -c timezone=UTC"},
        "TEST": {"NAME": f"test_{env.text('CANDOR_TEST_NAME', 'candor')}", "TEMPLATE": "template0"},
    }


DATABASES = {"default": _database(env.text("DATABASE_URL"))}
REDIS_URL = env.text("REDIS_URL")

if REDIS_URL:
    _redis: dict[str, object] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    CACHES: dict[str, dict[str, object]] = {"default": _redis, "pages": {**_redis, "KEY_PREFIX": "pages"}}
    CELERY_BROKER_URL = REDIS_URL
    # A broker that hangs must not hold up a request: the row is written, the sweep will find it.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"socket_connect_timeout": 2, "socket_timeout": 10}
    # A test run beside a running platform must not hand its wake-ups to that platform's workers.
    CELERY_TASK_DEFAULT_QUEUE = "candor-test" if TESTING else "candor"
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(VAR / "cache"),
            # Full, it forgets at random, and what it forgets first may be that a code was already used.
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        },
        # Each process has its own: a change is seen at once by its visitors, by those of the others when the time is over.
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages"},
    }
    _broker = VAR / "broker"
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker),
        "data_folder_out": str(_broker),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }
    (_broker / "control").mkdir(parents=True, exist_ok=True)

# How long strangers may be shown the same public page (core.page_cache); 0 makes each page anew.
PAGE_CACHE_SECONDS = env.number("PAGE_CACHE_SECONDS", 0 if TESTING else 5)

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "Asia/Shanghai"
# One heartbeat: it wakes due jobs and creates the recurring ones, which rooms declare beside their handlers.
_TICK = env.number("CANDOR_TICK_SECONDS", 5)
# A tick that waited behind a long job is worth nothing: the next one is due already.
CELERY_BEAT_SCHEDULE = {"tick": {"task": "core.tick", "schedule": _TICK, "options": {"expires": 2 * _TICK}}}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")

# --- People ------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "/me/"
LOGOUT_REDIRECT_URL = "/"

# Phone first, e-mail second, a password only for those who want one; every first sign-in is proved by a code.
_CODE = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
ACCOUNT_SIGNUP_FIELDS = ["phone", "email"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.signup.SignupBase"
ACCOUNT_SIGNUP_REDIRECT_URL = "/me/welcome/"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "verify_phone": "accounts.forms.VerifyPhoneForm",
    "confirm_password_reset_code": "accounts.forms.ConfirmPasswordResetCodeForm",
}
ACCOUNT_CHANGE_EMAIL = True
# allauth's own step would ask phone-only people for an e-mail address; AccountAdapter.is_login_by_code_required proves it.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_FORMAT = ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = ALLAUTH_USER_CODE_FORMAT = _CODE
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
# Whole families and hospital wards share one address: per-number limits are strict, per-address limits are not.
ACCOUNT_RATE_LIMITS = {"verify_phone": "1/30s/key,20/m/ip", "change_phone": "3/m/user"}
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "activate_totp": "accounts.forms.ActivateTOTPForm",
}
MFA_TOTP_TOLERANCE = 1
# How many proxies of our own stand in front: the caller's address is taken from X-Forwarded-For only then.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)
# W001 wants one of phone and e-mail to be required; SignupBase requires exactly one of them.
SILENCED_SYSTEM_CHECKS = ["account.W001"]

# --- Language and time -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# --- Files -------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Uploaded originals: outside the web root, never served by URL, only through signed short-lived links.
PRIVATE_ROOT = VAR / "private"
MEDIA_ROOT = PRIVATE_ROOT
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if SANDBOX
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = SANDBOX

# --- Safety of pages ---------------------------------------------------------------------------------------------------
_FORM_ACTION: list[str] = [SELF, *env.words("CSP_FORM_ACTION", "http://127.0.0.1:*" if SANDBOX else "")]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # The donor is sent from a form on the page to the channel's own pay page.
        "form-action": _FORM_ACTION,
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if not SANDBOX:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, where there is no TLS
    SECURE_HSTS_SECONDS = 31536000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# --- API ---------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "accounts.authentication.AppTokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "core.rest.Pages",
    "PAGE_SIZE": 20,
    "EXCEPTION_HANDLER": "core.rest.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Candor API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "Amounts are integer fen. Times are ISO 8601 with offset. Personal data is masked unless said otherwise.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Sets of choices of one field name that mean different things: each gets a name that says which it is.
    "ENUM_NAME_OVERRIDES": {
        "AcquaintanceEnum": "campaigns.taxonomy.Acquaintance",
        "CampaignStatusEnum": "campaigns.states.CAMPAIGN.choices",
        "CaseKindEnum": "audit.models.Case.Kind",
        "CaseOutcomeEnum": "audit.models.Case.Outcome",
        "CaseStatusEnum": "audit.states.CASE.choices",
        "ConsentPurposeEnum": "accounts.purposes.Purpose",
        "PaperKindEnum": "documents.kinds.Kind",
        "RelationEnum": "campaigns.taxonomy.Relation",
        "ReportCategoryEnum": "audit.models.Report.Category",
        "ReportOutcomeEnum": "audit.models.Report.Outcome",
        "ReportStatusEnum": "audit.states.REPORT.choices",
        "WithdrawalPurposeEnum": "disclosures.models.Withdrawal.Purpose",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.rest.document_refusals",
    ],
}

# --- The outside world -------------------------------------------------------------------------------------------------
# Each outside party is a named provider. In sandbox mode `make run` starts stand-ins of our own (the sandbox/ folder).
SANDBOX_CHANNEL_URL = env.text("SANDBOX_CHANNEL_URL", "http://127.0.0.1:8101")
SANDBOX_CUSTODIAN_URL = env.text("SANDBOX_CUSTODIAN_URL", "http://127.0.0.1:8102")

# Payment channels (docs/operator/channels.md). Each is offered when its settings are complete and its keys fit; ID:FILE lists
# hold two keys while one replaces the other: the first one signs, all of them verify.
WECHAT_PAY_API_URL = env.text("WECHAT_PAY_API_URL", "https://api.mch.weixin.qq.com").rstrip("/")
WECHAT_PAY_MCHID = env.text("WECHAT_PAY_MCHID")
WECHAT_PAY_APP_ID = env.text("WECHAT_PAY_APP_ID")
WECHAT_PAY_MINI_APP_ID = env.text("WECHAT_PAY_MINI_APP_ID")
WECHAT_PAY_MOBILE_APP_ID = env.text("WECHAT_PAY_MOBILE_APP_ID")
WECHAT_PAY_SECRETS = env.words("WECHAT_PAY_SECRETS")
WECHAT_PAY_MERCHANT_KEYS = env.key_files("WECHAT_PAY_MERCHANT_KEYS")
WECHAT_PAY_PUBLIC_KEYS = env.key_files("WECHAT_PAY_PUBLIC_KEYS")
ALIPAY_GATEWAY_URL = env.text("ALIPAY_GATEWAY_URL", "https://openapi.alipay.com/gateway.do")
ALIPAY_APP_ID = env.text("ALIPAY_APP_ID")
ALIPAY_SELLER_ID = env.text("ALIPAY_SELLER_ID")
ALIPAY_APP_KEYS = env.key_files("ALIPAY_APP_KEYS")
ALIPAY_PUBLIC_KEYS = env.key_files("ALIPAY_PUBLIC_KEYS")
STRIPE_API_URL = env.text("STRIPE_API_URL", "https://api.stripe.com").rstrip("/")
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRETS")

# Where a donor's form may lead: to the pay pages of the channels that are set up.
_PAY_PAGES = [
    ("https://wx.tenpay.com", WECHAT_PAY_MCHID),
    # The gateway's own origin, and where it leads from there: form-action is asked for redirects too.
    (ALIPAY_GATEWAY_URL.partition("/gateway")[0], ALIPAY_APP_ID),
    ("https://*.alipay.com", ALIPAY_APP_ID),
    ("https://checkout.stripe.com", STRIPE_SECRET_KEY),
]
_FORM_ACTION += [page for page, is_set_up in _PAY_PAGES if is_set_up]
SANDBOX_KEYS = VAR / "sandbox-keys"  # where each side lays its public key
SANDBOX_SIGNING_KEY = VAR / "sandbox-signing-key.pem"
IDENTITY_PROVIDER = env.choice("IDENTITY_PROVIDER", "local", ("local", "gateway"))
IDENTITY_GATEWAY_URL = env.text("IDENTITY_GATEWAY_URL", "http://127.0.0.1:8103")
IDENTITY_GATEWAY_APP_ID = env.text("IDENTITY_GATEWAY_APP_ID", "candor-sandbox")
IDENTITY_GATEWAY_SECRET = env.text("IDENTITY_GATEWAY_SECRET", "sandbox-gateway-secret")

# "sandbox" sends nothing and shows every message at /sandbox/; production refuses to start with it.
SMS_PROVIDER = env.choice("SMS_PROVIDER", "sandbox", ("sandbox", "gateway"))
SMS_GATEWAY_URL = env.text("SMS_GATEWAY_URL")
SMS_GATEWAY_APP = env.text("SMS_GATEWAY_APP")
SMS_GATEWAY_SECRET = env.text("SMS_GATEWAY_SECRET")
SMS_GATEWAY_SIGN = env.text("SMS_GATEWAY_SIGN", "明筹")

# Template messages of a WeChat service account, for people who link theirs; off unless configured.
WECHAT_PROVIDER = env.choice("WECHAT_PROVIDER", "off", ("off", "template"))
WECHAT_APP_ID = env.text("WECHAT_APP_ID")
WECHAT_SECRET = env.text("WECHAT_SECRET")
WECHAT_TEMPLATE_ID = env.text("WECHAT_TEMPLATE_ID")
WECHAT_API_URL = env.text("WECHAT_API_URL", "https://api.weixin.qq.com").rstrip("/")
WECHAT_OAUTH_URL = env.text("WECHAT_OAUTH_URL", "https://open.weixin.qq.com/connect/oauth2/authorize")
EMAIL_PROVIDER = env.choice("EMAIL_PROVIDER", "sandbox", ("sandbox", "smtp"))
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Candor <no-reply@candor.invalid>")


@enforces("R97")
def _log_keep_days() -> int:
    """Days that the daily log files are kept: six months at least, 184 days in the longest half-year."""
    days = env.number("LOG_KEEP_DAYS", 190)
    if days < 184:
        raise ImproperlyConfigured("LOG_KEEP_DAYS must be 184 or more: logs are kept for six months at least (R97).")
    return days


LOGGING = logs.configure(
    level=env.choice("LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR")),
    as_json=not SANDBOX,
    folder=None if TESTING else VAR / "logs",
    keep_days=_log_keep_days(),
)

# A stable fingerprint of this build's rules for stored verdicts; deployments may pin it.
CODE_VERSION = env.text("CODE_VERSION", hashlib.sha256(b"candor-0.1.0").hexdigest()[:12])
