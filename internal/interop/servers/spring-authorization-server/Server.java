// Spring Authorization Server on loopback, with the two chains of its getting-started guide and its clients in memory.
//
//   PORT           the port to listen on
//   ADMIN_KEY      the key of the tests' door to the stored clients: GET, PATCH and DELETE of /-/clients/{id}
//   REGISTRATION   connect: OpenID Connect's endpoint, by single-use tokens | oauth2: OAuth 2.0's endpoint, open
//   CLIENT_ID, CLIENT_SECRET  the static client that may fetch those tokens

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.util.matcher.MediaTypeRequestMatcher;
import tools.jackson.databind.json.JsonMapper;

@Configuration
@EnableAutoConfiguration
public class Server {
    static final Map<String, String> env = System.getenv();

    public static void main(String[] args) {
        SpringApplication.run(Server.class, "--server.address=127.0.0.1", "--server.port=" + env.get("PORT"));
    }

    @Bean
    @Order(1)
    SecurityFilterChain authorizationServer(HttpSecurity http) throws Exception {
        return http.oauth2AuthorizationServer(server -> {
                    http.securityMatcher(server.getEndpointsMatcher());
                    if (env.get("REGISTRATION").equals("connect")) {
                        server.oidc(oidc -> oidc.clientRegistrationEndpoint(Customizer.withDefaults()));
                    } else {
                        server.oidc(Customizer.withDefaults());
                        server.clientRegistrationEndpoint(endpoint -> endpoint.openRegistrationAllowed(true));
                    }
                })
                .authorizeHttpRequests(requests -> requests.requestMatchers("/oauth2/register").permitAll().anyRequest().authenticated())
                .exceptionHandling(handling -> handling.defaultAuthenticationEntryPointFor(
                        new LoginUrlAuthenticationEntryPoint("/login"), new MediaTypeRequestMatcher(MediaType.TEXT_HTML)))
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain door(HttpSecurity http) throws Exception {
        return http.securityMatcher("/-/**").csrf(csrf -> csrf.disable()).build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain other(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated()).formLogin(Customizer.withDefaults()).build();
    }

    @Bean
    UserDetailsService users() {
        return new InMemoryUserDetailsManager(User.withUsername("joe").password("{noop}a-password-of-this-test").roles("USER").build());
    }

    @Bean
    AuthorizationServerSettings settings() {
        return AuthorizationServerSettings.builder().issuer("http://127.0.0.1:" + env.get("PORT")).build();
    }

    @Bean
    Clients clients() {
        Clients clients = new Clients();
        clients.save(RegisteredClient.withId(UUID.randomUUID().toString())
                .clientId(env.get("CLIENT_ID")).clientSecret("{noop}" + env.get("CLIENT_SECRET"))
                .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
                .scope("client.create").scope("client.read").build());
        return clients;
    }

    @Bean
    ServletRegistrationBean<HttpServlet> doorServlet(Clients clients) {
        return new ServletRegistrationBean<>(new Door(clients), "/-/clients/*");
    }

    /** As the library's own in memory, which removes nothing. */
    static class Clients implements RegisteredClientRepository {
        final Map<String, RegisteredClient> byId = new ConcurrentHashMap<>();

        @Override
        public void save(RegisteredClient client) {
            byId.put(client.getId(), client);
        }

        @Override
        public RegisteredClient findById(String id) {
            return byId.get(id);
        }

        @Override
        public RegisteredClient findByClientId(String clientId) {
            return byId.values().stream().filter(client -> client.getClientId().equals(clientId)).findFirst().orElse(null);
        }
    }

    static class Door extends HttpServlet {
        final Clients clients;

        Door(Clients clients) {
            this.clients = clients;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (!env.get("ADMIN_KEY").equals(request.getHeader("X-Interop-Key"))) {
                response.setStatus(403);
                return;
            }
            RegisteredClient client = clients.findByClientId(request.getPathInfo().substring(1));
            if (client == null) {
                response.setStatus(404);
                return;
            }
            switch (request.getMethod()) {
                case "GET" -> response.setStatus(200);
                case "DELETE" -> {
                    clients.byId.remove(client.getId());
                    response.setStatus(204);
                }
                case "PATCH" -> {
                    Map<?, ?> members = new JsonMapper().readValue(request.getInputStream(), Map.class);
                    clients.save(RegisteredClient.from(client).clientName((String) members.get("client_name")).build());
                    response.setStatus(204);
                }
                default -> response.setStatus(405);
            }
        }
    }
}
