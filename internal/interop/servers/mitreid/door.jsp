<%--
The tests' own door to the server's stored clients, as admin.mjs has it for Node: GET of /-/clients/ (all identifiers), GET, PATCH, DELETE and POST (a fresh
registration access token) of /-/clients/{id}. It runs inside the server's application and uses the server's own services.
--%><%@ page session="false" contentType="application/json" import="com.google.gson.*, org.mitre.oauth2.model.*, org.mitre.oauth2.service.*, org.mitre.openid.connect.service.*, org.springframework.web.context.*, org.springframework.web.context.support.*" %><%
if (!System.getenv("ADMIN_KEY").equals(request.getHeader("X-Interop-Key"))) {
    response.setStatus(403);
    return;
}
WebApplicationContext spring = WebApplicationContextUtils.getWebApplicationContext(application, "org.springframework.web.servlet.FrameworkServlet.CONTEXT.spring");
ClientDetailsEntityService clients = spring.getBean(ClientDetailsEntityService.class);
String method = request.getHeader("X-Interop-Method"); // every request is a GET: a page takes no PATCH, and this application no POST without a token of its forms
if (request.getPathInfo() == null || request.getPathInfo().equals("/")) {
    java.util.List<String> all = new java.util.ArrayList<>();
    for (ClientDetailsEntity one : clients.getAllClients()) all.add(one.getClientId());
    response.setStatus(200);
    out.print(new Gson().toJson(all));
    return;
}
ClientDetailsEntity client;
try {
    client = clients.loadClientByClientId(request.getPathInfo().substring(1));
} catch (RuntimeException e) {
    client = null;
}
if (client == null) {
    response.setStatus(404);
} else if (method.equals("GET")) {
    response.setStatus(200);
} else if (method.equals("DELETE")) {
    clients.deleteClient(client);
    response.setStatus(204);
} else if (method.equals("PATCH")) {
    for (java.util.Map.Entry<String, JsonElement> member : new JsonParser().parse(request.getReader()).getAsJsonObject().entrySet()) {
        String value = member.getValue().isJsonNull() ? null : member.getValue().getAsString();
        switch (member.getKey()) {
            case "client_name": client.setClientName(value); break;
            case "client_secret": client.setClientSecret(value); break;
            case "initiate_login_uri": client.setInitiateLoginUri(value); break;
            default: throw new IllegalArgumentException(member.getKey());
        }
    }
    clients.updateClient(client, client);
    response.setStatus(204);
} else if (method.equals("POST")) {
    OAuth2AccessTokenEntity token = spring.getBean(OIDCTokenService.class).createRegistrationAccessToken(client);
    spring.getBean(OAuth2TokenEntityService.class).saveAccessToken(token);
    response.setStatus(201);
    out.print(new Gson().toJson(java.util.Collections.singletonMap("registration_access_token", token.getValue())));
} else {
    response.setStatus(405);
}
%>
