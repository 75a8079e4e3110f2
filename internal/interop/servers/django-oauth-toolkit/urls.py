from django.urls import include, path
from oauth2_provider import urls

urlpatterns = [
    # RFC 8414 puts the metadata before the issuer's path, so that it is mounted at the root as well.
    path("", include((urls.metadata_urlpatterns, "oauth2_provider"), namespace="oauth2_provider_metadata")),
    path("o/", include("oauth2_provider.urls")),
]
